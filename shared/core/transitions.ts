import {
  type Assignments,
  type Condition,
  type Creation,
  decrement,
  increment,
  removed,
  type Update,
} from './change.ts'
import { foldedHistory } from './history.ts'
import {
  type Body,
  type Hint,
  type HistoryEntry,
  type Instant,
  type Priority,
  type Progress,
  SCHEMA_VERSION,
  type Tags,
  type TaskError,
  type TaskRow,
  type TaskState,
} from './task.ts'
import { lostWorkerError } from './task-error.ts'

/** Clocks of two hosts may differ by this much: a row wakes only so long after the lease that its holder sees (H101). */
export const SKEW_MS = 2_000
/** A change that makes a row due earlier sends a hint for this much later first, in case it dies before its own. */
const BACKSTOP_MS = 60_000

/** The right of one worker to finish one attempt. */
export interface Lease {
  readonly task: string
  readonly token: string
  readonly endsAt: Instant
}

/** What a submit decides; the rest of the row follows. */
export type NewTask = Pick<TaskRow, 'id' | 'name' | 'owner' | 'priority' | 'maxAttempts' | 'runAt'> &
  Partial<
    Pick<
      TaskRow,
      | 'expiresAt'
      | 'title'
      | 'description'
      | 'tags'
      | 'payload'
      | 'payloadAt'
      | 'fingerprint'
      | 'policy'
      | 'scheduleId'
      | 'traceparent'
    >
  >

export function submit(task: NewTask, now: Instant): Creation {
  const row: TaskRow = {
    ...task,
    state: 'PENDING',
    run: 1,
    attempt: 0,
    attemptsLeft: task.maxAttempts,
    wakeAt: task.runAt,
    createdAt: now,
    version: now,
    schemaVersion: SCHEMA_VERSION,
    history: [{ at: now, to: 'PENDING' }],
  }
  return { task: task.id, expect: 'absent', row, hintAt: task.runAt }
}

/**
 * Starts the next attempt and charges it, without reading the row first. Any hint will do: the row decides.
 * @param pausedPriorities a clause each, because a priority may have changed since the hint was sent
 */
export function claim(hint: Hint, lease: Lease, now: Instant, pausedPriorities: readonly Priority[] = []): Update {
  const expect: Condition[] = [
    { field: 'wakeAt', op: 'notAfter', value: now },
    { field: 'attemptsLeft', op: 'above', value: 0 },
    { field: 'expiresAt', op: 'absentOrAfter', value: now },
    { field: 'schemaVersion', op: 'atMost', value: SCHEMA_VERSION },
  ]
  for (const priority of pausedPriorities) expect.push({ field: 'priority', op: 'isNot', value: priority })
  return {
    task: hint.task,
    expect,
    set: {
      state: 'RUNNING',
      attempt: increment,
      attemptsLeft: decrement,
      leaseToken: lease.token,
      heldBy: hint.messageId,
      wakeAt: lease.endsAt + SKEW_MS,
      startedAt: now,
      progress: removed,
      version: increment,
    },
    entry: { at: now, to: 'RUNNING' },
  }
}

/** Keeps the lease alive. A reordered older one changes nothing (H34). */
export function heartbeat(lease: Lease): Update {
  const wakeAt = lease.endsAt + SKEW_MS
  return {
    task: lease.task,
    expect: [held(lease), { field: 'wakeAt', op: 'notAfter', value: wakeAt }],
    set: { wakeAt },
  }
}

export function reportProgress(lease: Lease, progress: Progress): Update {
  return { task: lease.task, expect: [held(lease)], set: { progress, version: increment } }
}

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
    { ...waitUntil('RETRYING', now + delayMs), lastError: error },
  )
}

/** Puts the task off without charging the attempt. */
export function snooze(lease: Lease, row: TaskRow, delayMs: number, now: Instant, why = 'snoozed'): Update {
  return settle(
    lease,
    row,
    { at: now, to: 'PENDING', why },
    { ...waitUntil('PENDING', now + delayMs), attemptsLeft: increment },
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

/** A waiting task ends at once. */
export function cancel(row: TaskRow, now: Instant, by: string, why?: string): Update {
  return decided(row, { at: now, to: 'CANCELED', by, ...(why !== undefined && { why }) }, ended('CANCELED', now))
}

/** A running task is told at its holder's next heartbeat. Takes all attempts, so that a dead holder's task ends too (H60). */
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
  const set: Assignments = {
    ...waitUntil('PENDING', now),
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
    hintAt: now,
    backstopAt: now + BACKSTOP_MS,
  }
}

/** Writes down what its `expiresAt` has already decided about a waiting task (H52). */
export function expire(row: TaskRow, now: Instant): Update {
  const update = decided(row, { at: now, to: 'EXPIRED' }, ended('EXPIRED', now))
  return { ...update, expect: [...update.expect, { field: 'expiresAt', op: 'notAfter', value: now }] }
}

/** Ends a task that nobody may start any more: out of time, told to cancel, or out of attempts because its workers died (H31). */
export function bury(row: TaskRow, now: Instant): Update {
  const to = row.cancelRequestedAt !== undefined ? 'CANCELED' : row.attemptsLeft === 0 ? 'DEAD' : 'EXPIRED'
  const error = to === 'DEAD' ? lostWorkerError(row.attempt) : undefined
  const entry: HistoryEntry = { at: now, to, attempt: row.attempt, ...(error && { why: summary(error) }) }
  const update = decided(row, entry, { ...ended(to, now), ...(error && { lastError: error }) })
  // A heartbeat changes no version: it is seen by the later `wakeAt`.
  return { ...update, expect: [...update.expect, { field: 'wakeAt', op: 'notAfter', value: now }] }
}

/** Only the holder of the current lease may touch a running task (P3). */
function held(lease: Lease): Condition {
  return { field: 'leaseToken', op: 'is', value: lease.token }
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

/** A change decided on a row that was read: nothing visible may have happened to it since. */
function decided(row: TaskRow, entry: HistoryEntry, set: Assignments): Update {
  const history = foldedHistory(row.history, entry)
  return {
    task: row.id,
    expect: [{ field: 'version', op: 'is', value: row.version }],
    set,
    entry,
    ...(history && { history }),
  }
}

function withBody(field: 'payload' | 'result', body: Body): Assignments {
  const text = body.text ?? removed
  const at = body.at ?? removed
  return field === 'payload' ? { payload: text, payloadAt: at } : { result: text, resultAt: at }
}

function ended(state: TaskState, now: Instant): Assignments {
  return { state, finishedAt: now, leaseToken: removed, heldBy: removed, wakeAt: removed, version: increment }
}

function waitUntil(state: TaskState, runAt: Instant): Assignments {
  return { state, runAt, wakeAt: runAt, leaseToken: removed, heldBy: removed, version: increment }
}

const SUMMARY_LENGTH = 200

function summary(error: TaskError): string {
  return `${error.name}: ${error.message}`.slice(0, SUMMARY_LENGTH)
}
