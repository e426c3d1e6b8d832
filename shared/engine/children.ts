import type { Actor } from '../core/actor.ts'
import { PulseError } from '../core/errors.ts'
import type { TaskRow } from '../core/task.ts'
import { derivedTaskId } from '../core/task-id.ts'
import type { HandlerHooks } from '../ports/handler-runner.ts'
import type { Environment } from './environment.ts'
import { submitTask } from './submit.ts'

/** What a handler enqueues belongs to its task's owner, and is keyed so that a repeated attempt finds it instead of doubling it. */
export function createChildren(row: TaskRow, on: Environment): HandlerHooks['enqueue'] {
  const actor: Actor = { owner: row.owner, by: row.id, role: 'viewer' }
  return async (child, index) => {
    const request = row.traceparent === undefined ? child : { ...child, traceparent: row.traceparent }
    const key = `${row.id}:${row.run}:${index}`
    try {
      const submitted = await submitTask(on, actor, request, key)
      return { id: submitted.row.id }
    } catch (error) {
      // An attempt before enqueued it with other words, such as the time of day: that one stands.
      if (error instanceof PulseError && error.code === 'idempotency_key_reused')
        return { id: derivedTaskId(row.owner, key) }
      throw error
    }
  }
}
