import { Worker } from 'node:worker_threads'
import { taskError } from '../core/task-error.ts'
import type { Clock } from '../ports/clock.ts'
import type { Abortion, HandlerHooks, HandlerRunner, Invocation, RunEnd } from '../ports/handler-runner.ts'
import { ABORT_GRACE_MS } from './run-here.ts'
import type { FromThread, ThreadData, ToThread } from './thread-messages.ts'

interface Thread {
  readonly worker: Worker
  job?: Job
}

interface Job {
  readonly hooks: HandlerHooks
  end(end: RunEnd): void
}

/**
 * Runs handlers in `count` threads, one attempt in each at a time: they use all cores, a blocked one stalls nobody else, and one
 * that does not heed its signal ends together with its thread.
 * @param tasks file URL of the module that exports the tasks
 */
export function createThreadRunner(tasks: string, count: number, clock: Clock): HandlerRunner {
  const idle: Thread[] = []
  const threads = new Set<Thread>()
  const queue: ((thread: Thread) => void)[] = []
  let closed = false

  function start(): void {
    const worker = new Worker(new URL('./thread.ts', import.meta.url), { workerData: { tasks } satisfies ThreadData })
    const thread: Thread = { worker }
    threads.add(thread)
    let failure: unknown
    worker.on('message', (message: FromThread) => receive(thread, message))
    worker.on('error', error => {
      failure = error
    })
    worker.on('exit', code => lose(thread, failure ?? new Error(`the handler ended its thread with exit code ${code}`)))
  }

  function receive(thread: Thread, message: FromThread): void {
    const { job, worker } = thread
    const answer = (reply: ToThread) => worker.postMessage(reply)
    switch (message.kind) {
      case 'ready':
        return free(thread)
      case 'ended':
        delete thread.job
        job?.end(message.end)
        return free(thread)
      case 'progress':
        return job?.hooks.progress(message.progress)
      case 'log':
        return job?.hooks.log(message.line)
      case 'enqueue':
        void job?.hooks.enqueue(message.child, message.index).then(
          ({ id }) => answer({ kind: 'enqueued', index: message.index, id }),
          error =>
            answer({
              kind: 'not enqueued',
              index: message.index,
              message: error instanceof Error ? error.message : String(error),
            }),
        )
    }
  }

  function free(thread: Thread): void {
    const next = queue.shift()
    if (next) next(thread)
    else idle.push(thread)
  }

  /** A thread has ended, by its handler's doing or by ours. Another one takes its place. */
  function lose(thread: Thread, error: unknown): void {
    threads.delete(thread)
    const index = idle.indexOf(thread)
    if (index >= 0) idle.splice(index, 1)
    thread.job?.end({ kind: 'failed', error: taskError(error, 'thread_ended') })
    if (!closed) start()
  }

  function take(): Promise<Thread> {
    const thread = idle.pop()
    return thread ? Promise.resolve(thread) : new Promise(resolve => queue.push(resolve))
  }

  for (let started = 0; started < count; started++) start()

  return {
    async run(invocation, hooks, abortion) {
      const thread = await take()
      if (!abortion.why) return runIn(thread, invocation, hooks, abortion, clock)
      free(thread)
      return { kind: 'aborted' }
    },
    async close() {
      closed = true
      await Promise.all([...threads].map(thread => thread.worker.terminate()))
    },
  }
}

function runIn(
  thread: Thread,
  invocation: Invocation,
  hooks: HandlerHooks,
  abortion: Abortion,
  clock: Clock,
): Promise<RunEnd> {
  const { worker } = thread
  return new Promise(resolve => {
    let cancelGrace = () => {}
    const job: Job = {
      hooks,
      end(end) {
        cancelGrace()
        resolve(end)
      },
    }
    thread.job = job
    worker.postMessage({ kind: 'run', invocation } satisfies ToThread)
    abortion.onAbort(why => {
      // The attempt may have ended, and its thread may be running another one.
      if (thread.job !== job) return
      worker.postMessage({ kind: 'abort', why } satisfies ToThread)
      cancelGrace = clock.after(ABORT_GRACE_MS, () => {
        delete thread.job
        resolve({ kind: 'aborted' })
        void worker.terminate()
      })
    })
  })
}
