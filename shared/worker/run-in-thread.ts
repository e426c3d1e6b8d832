import { MessageChannel, type Worker } from 'node:worker_threads'
import type { Clock } from '../ports/clock.ts'
import type { Abortion, HandlerHooks, Invocation, RunEnd } from '../ports/handler-runner.ts'
import { ABORT_GRACE_MS } from './run-here.ts'
import type { FromHandler, RunOrder, ToHandler } from './thread-messages.ts'

/** A thread of the pool. */
export interface Thread {
  readonly worker: Worker
  /** Ends the attempt in it, when the thread itself has ended. */
  lost?: (end: RunEnd) => void
}

/** How an attempt ended, and whether its thread can take another. */
export interface ThreadEnd {
  readonly end: RunEnd
  readonly usable: boolean
}

/** Runs one attempt in a thread, over a channel of its own. One that does not heed its signal ends together with the thread. */
export function runInThread(
  thread: Thread,
  invocation: Invocation,
  hooks: HandlerHooks,
  abortion: Abortion,
  clock: Clock,
): Promise<ThreadEnd> {
  const { worker } = thread
  const { port1: port, port2 } = new MessageChannel()
  const send = (message: ToHandler) => port.postMessage(message)
  return new Promise(resolve => {
    let cancelGrace = () => {}
    let ended = false
    const finish = (end: RunEnd, usable: boolean) => {
      ended = true
      cancelGrace()
      delete thread.lost
      port.close()
      resolve({ end, usable })
    }
    thread.lost = end => finish(end, false)
    port.on('message', (message: FromHandler) => {
      switch (message.kind) {
        case 'ended':
          return finish(message.end, true)
        case 'progress':
          return hooks.progress(message.progress)
        case 'log':
          return hooks.log(message.line)
        case 'enqueue': {
          const { index, child } = message
          void hooks.enqueue(child, index).then(
            ({ id }) => send({ kind: 'enqueued', index, id }),
            error =>
              send({ kind: 'not enqueued', index, message: error instanceof Error ? error.message : String(error) }),
          )
        }
      }
    })
    worker.postMessage({ invocation, port: port2 } satisfies RunOrder, [port2])
    abortion.onAbort(why => {
      if (ended) return
      send({ kind: 'abort', why })
      cancelGrace = clock.after(ABORT_GRACE_MS, () => {
        finish({ kind: 'aborted' }, false)
        void worker.terminate()
      })
    })
  })
}
