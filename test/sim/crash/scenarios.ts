import { hintBody } from '../../../shared/ports/hint-message.ts'
import type { Step, Wanted } from '../story.ts'
import type { Acting, Scenario } from './scenario.ts'

const step = (does: Step['does'], takesMs = 20): Step => ({ does, takesMs, heedsSignal: true, reports: false })

function wanted(at: number, index: number, steps: readonly Step[], more: Partial<Wanted['request']> = {}): Wanted {
  const request = {
    name: 'brief',
    payload: { k: index },
    maxAttempts: 3,
    backoff: { kind: 'fixed', delay: 3_000 },
    ...more,
  } as const
  return { at, request, key: `key-${index}`, expiresInMs: undefined, steps }
}

const one =
  (steps: readonly Step[], more?: Partial<Wanted['request']>): Scenario['story'] =>
  now => [wanted(now, 0, steps, more)]

/** Does something to the first task that is known. */
const change = (what: 'cancel' | 'requeue' | 'edit', { actors }: Acting) => {
  const [task] = actors.known
  if (task !== undefined) actors.change(what, task)
}

/** Nothing of any lane is left but in the redrive queue. */
function putIntoRedrive({ cloud, actors }: Acting): void {
  const { lanes } = cloud.queues
  for (const lane of Object.values(lanes)) cloud.sqs.purge(lane)
  const { deadLetters } = lanes['3']
  for (const id of actors.known) if (deadLetters) cloud.sqs.send(deadLetters, hintBody({ id, name: 'brief' }), 0)
}

/** One for each handler of the program. The first three are its core. */
export const scenarios: readonly Scenario[] = [
  { name: 'submit, attempt, complete', story: one([step('return')]) },
  { name: 'fail, retry, complete', story: one([step('throw'), step('return')]) },
  { name: 'the last attempt fails', story: one([step('throw')], { maxAttempts: 1 }) },
  { name: 'snooze', story: one([step('snooze'), step('return')]) },
  { name: 'a long attempt with heartbeats', story: one([step('return', 35_000)], { name: 'steady' }) },
  {
    name: 'several of a batch',
    story: now => [0, 1, 2].map(index => wanted(now, index, [step(index === 1 ? 'throw' : 'return'), step('return')])),
  },
  {
    name: 'cancel while it waits',
    story: one([step('return')], { delayMs: 60_000 }),
    acts: on => on.at(10, () => change('cancel', on)),
  },
  {
    name: 'cancel while it runs',
    story: one([step('return', 15_000)]),
    acts: on => on.at(5, () => change('cancel', on)),
  },
  {
    name: 'requeue',
    story: one([step('return')]),
    acts: on => on.at(20, () => change('requeue', on)),
  },
  {
    name: 'edit of what a timer would wake',
    story: one([step('return')], { delayMs: 1_300_000 }),
    acts: on => on.at(30, () => change('edit', on)),
  },
  {
    name: 'pause and resume of a name',
    story: now => [wanted(now, 0, [step('return')]), wanted(now + 20_000, 1, [step('return')])],
    acts: on => on.at(5, () => on.actors.pause({ kind: 'name', name: 'brief' }, 40_000)),
  },
  {
    name: 'pause and resume of everything',
    story: now => [wanted(now + 20_000, 0, [step('return')])],
    acts: on => on.at(1, () => on.actors.pause({ kind: 'all' }, 40_000)),
  },
  {
    name: 'a dead letter',
    story: one([step('return')], { delayMs: 30_000 }),
    acts: on => on.at(10, () => putIntoRedrive(on)),
  },
  {
    name: 'a page of reconcile',
    story: now => [0, 1, 2].map(index => wanted(now, index, [step('return')], { delayMs: 30_000 })),
    acts: on => {
      on.at(10, () => {
        for (const queue of on.cloud.queues.all) on.cloud.sqs.purge(queue)
      })
      for (const seconds of [60, 700]) on.at(seconds, () => on.cloud.invokeReconcile('{}'))
    },
  },
  {
    name: 'the change stream',
    story: now => [0, 1].map(index => wanted(now, index, [step('throw'), step('return')])),
    settings: { counted: true },
  },
]

export const core = scenarios.slice(0, 3)

/**
 * A hint of a task far ahead that goes by messages because the timers have refused it, and arrives while its name is paused: it is
 * acknowledged, and resume looks only for what is due soon.
 */
export const farAheadWhilePaused: Scenario = {
  name: 'a name is paused while a hint of what is far ahead goes by',
  story: one([step('return')], { delayMs: 1_300_000 }),
  acts: on => on.at(880, () => on.actors.pause({ kind: 'name', name: 'brief' }, 60_000)),
}
