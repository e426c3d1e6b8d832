import type { Registry } from '../core/definition.ts'
import { taskError } from '../core/task-error.ts'
import type { Clock } from '../ports/clock.ts'
import type { HandlerRunner, RunEnd } from '../ports/handler-runner.ts'
import { invoke } from './invoke.ts'

/** How long a handler may take to heed its signal. After that its attempt ends without it. */
export const ABORT_GRACE_MS = 2_000

/** Runs handlers in this thread: good for what waits more than it computes. */
export function createLocalRunner(registry: Registry, clock: Clock): HandlerRunner {
  return {
    run(invocation, hooks, abortion) {
      const task = registry.get(invocation.name)
      if (!task)
        return Promise.resolve({ kind: 'failed', error: taskError(new Error(`no handler named ${invocation.name}`)) })
      return new Promise<RunEnd>(resolve => {
        abortion.onAbort(() => clock.after(ABORT_GRACE_MS, () => resolve({ kind: 'aborted' })))
        void invoke(task, invocation, hooks, abortion).then(resolve)
      })
    },
    close: async () => {},
  }
}
