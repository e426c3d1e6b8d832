import { type Assignments, increment, removed, type Update } from '../change.ts'
import type { Body, Instant, Priority, Tags, TaskRow } from '../task.ts'
import { decided, ended, waitUntil, withBody } from './parts.ts'

/** A change that makes a row due earlier sends a hint for this much later first, in case it dies before its own. */
const BACKSTOP_MS = 60_000

/** A waiting task ends at once. */
export function cancel(row: TaskRow, now: Instant, by: string, why?: string): Update {
  return decided(row, { at: now, to: 'CANCELED', by, ...(why !== undefined && { why }) }, ended('CANCELED', now))
}

/** A running task's holder learns of it by its next heartbeat at the latest. Takes all attempts, so that a dead holder's task ends too (H60). */
export function requestCancel(row: TaskRow, now: Instant, by: string, why = 'cancel requested'): Update {
  return decided(
    row,
    { at: now, to: 'RUNNING', by, why },
    { cancelRequestedAt: now, attemptsLeft: 0, version: increment },
  )
}

export interface Edit {
  readonly title?: string | null
  readonly description?: string | null
  readonly tags?: Tags | null
  readonly priority?: Priority
  readonly payload?: Body
  readonly runAt?: Instant
}

/** Changes a task that has not started. `null` removes. */
export function edit(row: TaskRow, changes: Edit, now: Instant, by: string): Update {
  const { payload, ...fields } = changes
  const given = Object.entries(fields).filter(([, value]) => value !== undefined)
  const names = [...given.map(([field]) => field), ...(payload ? ['payload'] : [])]
  const set: Assignments = {
    ...Object.fromEntries(given.map(([field, value]) => [field, value ?? removed])),
    ...(payload && withBody('payload', payload)),
    ...(changes.runAt !== undefined && { wakeAt: changes.runAt }),
    version: increment,
  }
  const update = decided(row, { at: now, to: 'PENDING', by, why: `edited ${names.join(', ')}` }, set)
  if (changes.runAt === undefined && changes.priority === undefined) return update
  return { ...update, hintAt: changes.runAt ?? row.runAt, backstopAt: now + BACKSTOP_MS }
}

/** Starts a new run with a fresh budget; the past outcome stays in the history (H50, H62, H63). */
export function requeue(row: TaskRow, now: Instant, by: string, payload?: Body): Update {
  // After the end by the clock that wrote it, which may be ahead of ours: a claim of the old run that is delivered again is older than
  // that end, and must not find the new run due (H62, H101).
  const { finishedAt = now } = row
  const runAt = now < finishedAt ? finishedAt + 1 : now
  const set: Assignments = {
    ...waitUntil('PENDING', runAt),
    run: increment,
    attempt: 0,
    attemptsLeft: row.maxAttempts,
    ...(payload && withBody('payload', payload)),
    ...withBody('result', {}),
    lastError: removed,
    progress: removed,
    startedAt: removed,
    finishedAt: removed,
    expiresAt: removed,
    cancelRequestedAt: removed,
  }
  return {
    ...decided(row, { at: now, to: 'PENDING', by, why: 'requeued' }, set),
    hintAt: runAt,
    backstopAt: runAt + BACKSTOP_MS,
  }
}
