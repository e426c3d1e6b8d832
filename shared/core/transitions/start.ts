import { type Condition, type Creation, decrement, increment, removed, type Update } from '../change.ts'
import { type Hint, type Instant, type Priority, SCHEMA_VERSION, type TaskRow } from '../task.ts'
import { type Lease, SKEW_MS } from './parts.ts'

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
      | 'scheduledFor'
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
