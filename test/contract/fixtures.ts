import type { Committed } from '../../shared/core/change.ts'
import type { Hint, Instant, TaskError, TaskRow } from '../../shared/core/task.ts'
import { encodeTime, taskId } from '../../shared/core/task-id.ts'
import type { Lease, NewTask } from '../../shared/core/transitions.ts'

/** Task names that the backend under test knows. */
export const names = ['send-email', 'resize-image', 'bill-customer'] as const

let made = 0

/** No two tasks, and no two numbers of one, are alike. */
export function newTask(task: Partial<NewTask>, now: Instant): NewTask {
  made++
  const id = task.id ?? taskId(encodeTime(now) + String(made).padStart(16, '0'))
  return { id, name: 'send-email', owner: 'user_3', priority: 4, maxAttempts: 6, runAt: now, ...task }
}

export function hint(row: Pick<TaskRow, 'id' | 'name'>, messageId = 'message-1'): Hint {
  return { task: row.id, name: row.name, messageId }
}

export function lease(row: Pick<TaskRow, 'id'>, token: string, endsAt: Instant): Lease {
  return { task: row.id, token, endsAt }
}

export function boom(message: string): TaskError {
  return {
    name: 'RangeError',
    message,
    stack: `RangeError: ${message}\n    at run (tasks/boom.ts:7:3)`,
    fingerprint: `print-${message}`,
  }
}

/** The row that won, of a commit that must have lost. */
export function winnerOf(committed: Committed): TaskRow | undefined {
  if (committed.ok) throw new Error('the commit was taken, it should have lost')
  return committed.winner
}

/** A row without the fields that are absent: stores may answer `undefined` for those or leave them out. */
export function present(row: object | undefined): Record<string, unknown> {
  return Object.fromEntries(Object.entries(row ?? {}).filter(([, value]) => value !== undefined))
}
