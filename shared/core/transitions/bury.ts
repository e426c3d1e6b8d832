import type { Update } from '../change.ts'
import type { HistoryEntry, Instant, TaskRow } from '../task.ts'
import { lostWorkerError } from '../task-error.ts'
import { decided, ended, summary } from './parts.ts'

/** Writes down what its `expiresAt` has already decided about a waiting task (H52). */
export function expire(row: TaskRow, now: Instant): Update {
  const update = decided(row, { at: now, to: 'EXPIRED' }, ended('EXPIRED', now))
  return { ...update, expect: [...update.expect, { field: 'expiresAt', op: 'notAfter', value: now }] }
}

/** Ends a task that nobody may start any more: out of time, told to cancel, or out of attempts because its workers died (H31). */
export function bury(row: TaskRow, now: Instant): Update {
  const to = row.cancelRequestedAt !== undefined ? 'CANCELED' : row.attemptsLeft === 0 ? 'DEAD' : 'EXPIRED'
  const error = to === 'DEAD' ? lostWorkerError(row.attempt) : undefined
  const attempt = row.state === 'RUNNING' ? { attempt: row.attempt } : {}
  const entry: HistoryEntry = { at: now, to, ...attempt, ...(error && { why: summary(error) }) }
  const update = decided(row, entry, { ...ended(to, now), ...(error && { lastError: error }) })
  // A heartbeat changes no version: it is seen by the later `wakeAt`.
  return { ...update, expect: [...update.expect, { field: 'wakeAt', op: 'notAfter', value: now }] }
}
