import { LONGEST_DELAY_MS } from '../backoff.ts'
import { type Assignments, increment, type Update } from '../change.ts'
import { foldedHistory } from '../history.ts'
import type { Body, HistoryEntry, Instant, TaskError, TaskRow } from '../task.ts'
import { ended, held, type Lease, summary, waitUntil, withBody } from './parts.ts'

/** Whoever is first of complete and cancel wins, so a request to cancel does not stand in the way. */
export function complete(lease: Lease, attempt: number, result: Body, now: Instant): Update {
  return {
    task: lease.task,
    expect: [held(lease)],
    set: { ...ended('COMPLETED', now), ...withBody('result', result) },
    entry: { at: now, to: 'COMPLETED', attempt },
  }
}

/** Ends an attempt that failed: another one after `delayMs`, or DEAD when none is left, or CANCELED when that was asked for (H51). */
export function fail(lease: Lease, row: TaskRow, error: TaskError, delayMs: number, now: Instant): Update {
  if (row.attemptsLeft === 0) return discard(lease, row, error, now)
  return settle(
    lease,
    row,
    { at: now, to: 'RETRYING', why: summary(error) },
    { ...waitUntil('RETRYING', later(now, delayMs)), lastError: error },
  )
}

/** Puts the task off without charging the attempt. */
export function snooze(lease: Lease, row: TaskRow, delayMs: number, now: Instant, why = 'snoozed'): Update {
  return settle(
    lease,
    row,
    { at: now, to: 'PENDING', why },
    { ...waitUntil('PENDING', later(now, delayMs)), attemptsLeft: increment },
  )
}

/** Gives an attempt back that could not be finished for no fault of its own, such as a worker that has to stop. */
export function release(lease: Lease, row: TaskRow, now: Instant, why: string): Update {
  return snooze(lease, row, 0, now, why)
}

/** The handler itself ends its task as canceled. */
export function stop(lease: Lease, row: TaskRow, why: string, now: Instant): Update {
  return {
    task: lease.task,
    expect: [held(lease)],
    set: ended('CANCELED', now),
    entry: { at: now, to: 'CANCELED', attempt: row.attempt, why },
  }
}

/** Ends the task for good: its budget is spent, or trying again cannot help. */
export function discard(lease: Lease, row: TaskRow, error: TaskError, now: Instant): Update {
  return settle(lease, row, { at: now, to: 'DEAD', why: summary(error) }, { ...ended('DEAD', now), lastError: error })
}

/** A holder's write that must not miss a request to cancel. While none has come, only the holder appends to the history. */
function settle(lease: Lease, row: TaskRow, entry: HistoryEntry, set: Assignments): Update {
  if (row.cancelRequestedAt !== undefined) return stop(lease, row, 'canceled while running', entry.at)
  const line = { ...entry, attempt: row.attempt }
  const history = foldedHistory(row.history, line)
  return {
    task: lease.task,
    expect: [held(lease), { field: 'cancelRequestedAt', op: 'absent', value: 0 }],
    set,
    entry: line,
    ...(history && { history }),
    ...(typeof set.wakeAt === 'number' && { hintAt: set.wakeAt }),
  }
}

function later(now: Instant, delayMs: number): Instant {
  return now + Math.min(delayMs, LONGEST_DELAY_MS)
}
