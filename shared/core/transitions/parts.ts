import { type Assignments, type Condition, increment, removed, type Update } from '../change.ts'
import { foldedHistory } from '../history.ts'
import type { Body, HistoryEntry, Instant, TaskError, TaskRow, TaskState } from '../task.ts'

/** Clocks of two hosts may differ by this much: a row wakes only so long after the lease that its holder sees (H101). */
export const SKEW_MS = 2_000

/** The right of one worker to finish one attempt. */
export interface Lease {
  readonly task: string
  readonly token: string
  readonly endsAt: Instant
}

/** Only the holder of the current lease may touch a running task (P3). */
export function held(lease: Lease): Condition {
  return { field: 'leaseToken', op: 'is', value: lease.token }
}

/** A change decided on a row that was read: nothing visible may have happened to it since. */
export function decided(row: TaskRow, entry: HistoryEntry, set: Assignments): Update {
  const history = foldedHistory(row.history, entry)
  return {
    task: row.id,
    expect: [{ field: 'version', op: 'is', value: row.version }],
    set,
    entry,
    ...(history && { history }),
  }
}

export function withBody(field: 'payload' | 'result', body: Body): Assignments {
  const text = body.text ?? removed
  const at = body.at ?? removed
  return field === 'payload' ? { payload: text, payloadAt: at } : { result: text, resultAt: at }
}

export function ended(state: TaskState, now: Instant): Assignments {
  return { state, finishedAt: now, leaseToken: removed, heldBy: removed, wakeAt: removed, version: increment }
}

export function waitUntil(state: TaskState, runAt: Instant): Assignments {
  return { state, runAt, wakeAt: runAt, leaseToken: removed, heldBy: removed, version: increment }
}

const SUMMARY_LENGTH = 200

export function summary(error: TaskError): string {
  return `${error.name}: ${error.message}`.slice(0, SUMMARY_LENGTH)
}
