import {
  cancel,
  createRegistry,
  defineTask,
  discard,
  type Registry,
  retryIn,
  snooze,
  type TaskContext,
} from '../../shared/core/definition.ts'
import { sleep } from '../../shared/engine/sleep.ts'
import type { Checker } from './checker.ts'
import type { SimProcess } from './process.ts'
import { names, type Step, type Wanted } from './story.ts'

/** Handlers that do what the story says, and tell the checker that they have started. */
export function createTasks(process: SimProcess, story: readonly Wanted[], checker: Checker): Registry {
  const { clock, world } = process

  function stepOf(index: number, attempt: number): Step {
    const steps = story[index]?.steps ?? []
    const step = steps[Math.min(attempt, steps.length) - 1]
    if (!step) throw new Error(`the story has no task ${index}`)
    return step
  }

  return createRegistry(
    Object.entries(names).map(([name, timeout]) =>
      defineTask<{ k: number }>({
        name,
        timeout,
        async run({ k }, context) {
          const { run, attempt } = context
          const start = checker.started(context, process)
          try {
            return await act(k, run, attempt, start, context)
          } finally {
            checker.ended(context)
          }
        },
      }),
    ),
  )

  async function act(k: number, run: number, attempt: number, start: number, context: TaskContext) {
    const { signal } = context
    const step = stepOf(k, attempt)
    if (step.reports) context.progress(50)
    if (step.takesMs > 0) await sleep(clock, step.takesMs, step.heedsSignal ? signal : undefined)
    if (step.heedsSignal && signal.aborted) throw signal.reason
    switch (step.does) {
      case 'return':
        return { r: run, a: attempt, x: start }
      case 'snooze':
        // Otherwise it would never end.
        return world.faulty && attempt < 8 ? snooze(2_000) : { r: run, a: attempt, x: start }
      case 'retry':
        return retryIn(5_000)
      case 'cancel':
        return cancel()
      case 'discard':
        return discard('of no use')
      case 'exit':
        if (world.faulty) return exit(process)
    }
    throw new Error(`run ${run} attempt ${attempt} start ${start}`)
  }
}

/** Nothing after it happens any more. */
function exit(process: SimProcess): Promise<never> {
  process.kill('its handler exits')
  return new Promise(() => {})
}
