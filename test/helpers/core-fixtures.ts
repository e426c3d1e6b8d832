import type { Hint, HistoryEntry, Instant, TaskError, TaskRow } from '../../shared/core/task.ts'
import type { Lease } from '../../shared/core/transitions.ts'

/** An instant of the one day on which the core's tests happen: `at('09:30:07')`. */
export function at(time: string): Instant {
  const instant = Date.parse(`2031-05-17T${time}Z`)
  if (Number.isNaN(instant)) throw new Error(`${time} is no time of day`)
  return instant
}

/** When the write under test happens. */
export const now = at('10:00:00')

/** Waiting for its second attempt; no two fields share a value. Widen it where a test needs another state. */
export const retryingRow: TaskRow = {
  id: 'task_7',
  name: 'send-email',
  owner: 'user_3',
  priority: 2,
  state: 'RETRYING',
  run: 4,
  attempt: 6,
  attemptsLeft: 3,
  maxAttempts: 9,
  runAt: at('09:41:23'),
  wakeAt: at('09:41:23'),
  createdAt: at('08:01:02'),
  startedAt: at('09:30:07'),
  version: at('08:01:02') + 17,
  schemaVersion: 1,
  lastError: { name: 'RangeError', message: 'the mailbox is full', fingerprint: '0123456789abcdef' },
  history: [
    { at: at('08:01:02'), to: 'PENDING' },
    { at: at('09:30:07'), to: 'RUNNING' },
    { at: at('09:32:19'), to: 'RETRYING', attempt: 6, why: 'RangeError: the mailbox is full' },
  ],
}

/** In the hands of the worker whose lease is `lease`. */
export const runningRow: TaskRow = {
  ...retryingRow,
  state: 'RUNNING',
  attempt: 7,
  attemptsLeft: 2,
  wakeAt: at('10:00:12'),
  startedAt: at('09:59:40'),
  version: at('08:01:02') + 18,
  leaseToken: 'token-mine',
  heldBy: 'message-11',
  history: [...retryingRow.history, { at: at('09:59:40'), to: 'RUNNING' }],
}

export const lease: Lease = { task: 'task_7', token: 'token-mine', endsAt: at('10:00:30') }
export const hint: Hint = { task: 'task_7', name: 'send-email', messageId: 'message-12' }
export const error: TaskError = { name: 'TypeError', message: 'the address has no @', fingerprint: 'fedcba9876543210' }

/** A history of so many retries after the submit. */
export function retries(count: number): HistoryEntry[] {
  const lines = Array.from({ length: count }, (_, index): HistoryEntry => {
    const attempt = index + 1
    return { at: at('08:01:02') + attempt * 1_000, to: 'RETRYING', attempt, why: `failure ${attempt}` }
  })
  return [{ at: at('08:01:02'), to: 'PENDING' }, ...lines]
}
