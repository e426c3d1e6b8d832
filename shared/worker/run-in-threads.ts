import { Worker } from 'node:worker_threads'
import { taskError } from '../core/task-error.ts'
import type { Clock } from '../ports/clock.ts'
import type { Abortion, HandlerRunner, RunEnd } from '../ports/handler-runner.ts'
import { runInThread, type Thread } from './run-in-thread.ts'
import type { ThreadData } from './thread-messages.ts'

/** Before a thread is started again whose tasks could not be loaded. */
const RESTART_MS = 1_000

/**
 * Runs handlers in `count` threads, one attempt in each at a time: they use all cores, a blocked one stalls nobody else, and one
 * that does not heed its signal ends together with its thread.
 * @param tasks file URL of the module that exports the tasks
 */
export function createThreadRunner(tasks: string, count: number, clock: Clock): HandlerRunner {
  const idle = new Set<Thread>()
  const threads = new Set<Thread>()
  /** Attempts for which no thread was free: each gets one, or an end without having run. */
  const waiting = new Set<(taken: Thread | RunEnd) => void>()
  let closed = false

  function start(): void {
    if (closed) return
    const worker = new Worker(new URL('./thread.ts', import.meta.url), { workerData: { tasks } satisfies ThreadData })
    const thread: Thread = { worker }
    threads.add(thread)
    let loaded = false
    let failure: unknown
    worker.once('message', () => {
      loaded = true
      free(thread)
    })
    worker.on('error', error => {
      failure = error
    })
    worker.on('exit', code => {
      threads.delete(thread)
      idle.delete(thread)
      const error = taskError(
        failure ?? new Error(`the handler ended its thread with exit code ${code}`),
        'thread_ended',
      )
      thread.lost?.({ kind: 'failed', error })
      if (loaded) return start()
      for (const refuse of waiting) refuse({ kind: 'failed', error })
      waiting.clear()
      clock.after(RESTART_MS, start)
    })
  }

  function free(thread: Thread): void {
    for (const take of waiting) {
      waiting.delete(take)
      take(thread)
      return
    }
    idle.add(thread)
  }

  function take(abortion: Abortion): Thread | Promise<Thread | RunEnd> {
    for (const thread of idle) {
      idle.delete(thread)
      return thread
    }
    return new Promise(resolve => {
      waiting.add(resolve)
      abortion.onAbort(() => {
        if (waiting.delete(resolve)) resolve({ kind: 'aborted' })
      })
    })
  }

  for (let started = 0; started < count; started++) start()

  return {
    async run(invocation, hooks, abortion) {
      if (abortion.why) return { kind: 'aborted' }
      const taken = await take(abortion)
      if ('kind' in taken) return taken
      const { end, usable } = await runInThread(taken, invocation, hooks, abortion, clock)
      // One that has ended, or is about to, is replaced when it is gone.
      if (usable) free(taken)
      return end
    },
    async close() {
      closed = true
      await Promise.all([...threads].map(thread => thread.worker.terminate()))
    },
  }
}
