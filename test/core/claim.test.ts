import { describe, expect, test } from 'vitest'
import type { Priority } from '../../shared/core/task.ts'
import { claim, heartbeat, type NewTask, reportProgress, SKEW_MS, submit } from '../../shared/core/transitions.ts'
import { apply } from '../helpers/core-apply.ts'
import { changed } from '../helpers/core-cells.ts'
import { at, hint, lease, now, retryingRow, runningRow } from '../helpers/core-fixtures.ts'

const newTask: NewTask = {
  id: 'task_7',
  name: 'n',
  owner: 'user_3',
  priority: 4,
  maxAttempts: 6,
  runAt: at('10:05:13'),
}

describe('submit', () => {
  test('P1 makes the whole row of a task that has not started', () => {
    expect(apply(submit(newTask, now), undefined)).toStrictEqual({
      id: 'task_7',
      name: 'n',
      owner: 'user_3',
      priority: 4,
      state: 'PENDING',
      run: 1,
      attempt: 0,
      attemptsLeft: 6,
      maxAttempts: 6,
      runAt: at('10:05:13'),
      wakeAt: at('10:05:13'),
      createdAt: now,
      version: now,
      schemaVersion: 1,
      history: [{ at: now, to: 'PENDING' }],
    })
  })

  test('keeps everything else that the submitter chose', () => {
    const chosen = {
      expiresAt: at('12:34:56'),
      title: 'Welcome',
      description: 'The first mail',
      tags: { customer: 'c-77' },
      payload: '{"to":"a@example.com"}',
      payloadAt: 'blob_8',
      fingerprint: 'f00d',
      policy: { timeoutMs: 45_000, backoff: 'linear' },
      scheduleId: 'sch_2',
      scheduledFor: 12,
      traceparent: '00-abc-def-01',
    } as const
    expect(submit({ ...newTask, ...chosen }, now).row).toMatchObject(chosen)
  })

  test('P7 has its hint sent for the run time, after the write', () => {
    expect(submit(newTask, now)).toMatchObject({ task: 'task_7', expect: 'absent', hintAt: at('10:05:13') })
  })

  test('H79 is refused when the row exists, in whatever state', () => {
    expect(apply(submit(newTask, now), changed(retryingRow, { state: 'COMPLETED', wakeAt: undefined }))).toBeUndefined()
  })

  test('chooses the protocol fields itself, whatever else the object carries', () => {
    const sly = { ...newTask, state: 'COMPLETED', run: 8, attempt: 5, attemptsLeft: 99, version: 3, wakeAt: 1 }
    const plain = submit(newTask, now).row
    expect(submit(sly, now).row).toStrictEqual(plain)
  })
})

describe('claim', () => {
  const fresh = { task: 'task_7', token: 'token-fresh', endsAt: at('10:00:37') }

  test('H31 charges the attempt when it starts', () => {
    const row = apply(claim(hint, fresh, now), retryingRow)
    expect(row).toMatchObject({ state: 'RUNNING', attempt: 7, attemptsLeft: 2, startedAt: now })
  })

  test('P4 starts the last attempt that is left, and none after it', () => {
    const row = apply(claim(hint, fresh, now), { ...retryingRow, attemptsLeft: 1 })
    expect(row?.attemptsLeft).toBe(0)
    expect(apply(claim(hint, { ...fresh, token: 'token-other' }, at('10:07:00')), row)).toBeUndefined()
  })

  test('adds a line without a number, because it has not read the row', () => {
    expect(apply(claim(hint, fresh, now), retryingRow)?.history.at(-1)).toStrictEqual({ at: now, to: 'RUNNING' })
  })

  test('H101 has the row wake two seconds after the lease that its holder sees', () => {
    expect(SKEW_MS).toBe(2_000)
    expect(apply(claim(hint, fresh, now), retryingRow)?.wakeAt).toBe(at('10:00:39'))
  })

  test('P4 of two claims of one attempt, one is refused', () => {
    const other = { task: 'task_7', token: 'token-other', endsAt: at('10:00:38') }
    const won = apply(claim(hint, fresh, now), retryingRow)
    expect(won?.leaseToken).toBe('token-fresh')
    expect(apply(claim({ ...hint, messageId: 'message-13' }, other, now), won)).toBeUndefined()
  })

  test('P6 takes the task over once the lease of its holder is over, with a token of its own', () => {
    const later = at('10:00:12')
    expect(apply(claim(hint, fresh, later - 1), runningRow)).toBeUndefined()
    expect(apply(claim(hint, fresh, later), runningRow)).toMatchObject({
      attempt: 8,
      attemptsLeft: 1,
      leaseToken: 'token-fresh',
      heldBy: 'message-12',
    })
  })

  test('H29 does not care which hint brought it', () => {
    const old = { task: 'task_7', name: 'renamed', messageId: 'message-0', traceparent: '00-old' }
    expect(apply(claim(old, fresh, now), retryingRow)).toMatchObject({ state: 'RUNNING', heldBy: 'message-0' })
  })

  test('H30 does not start a task a millisecond early', () => {
    expect(apply(claim(hint, fresh, at('09:41:23') - 1), retryingRow)).toBeUndefined()
    expect(apply(claim(hint, fresh, at('09:41:23')), retryingRow)).toBeDefined()
  })

  test('H52 does not start a task at its expiry, but a millisecond before', () => {
    const row = changed(retryingRow, { expiresAt: now })
    expect(apply(claim(hint, fresh, now), row)).toBeUndefined()
    expect(apply(claim(hint, fresh, now - 1), row)).toBeDefined()
  })

  test.each<[Priority[], boolean]>([
    [[], true],
    [[1, 3, 4, 5], true],
    [[2], false],
    [[5, 2], false],
    [[2, 5], false],
  ])('H32 with priorities %j paused, a task of priority 2 starts: %s', (paused, starts) => {
    const row = apply(claim(hint, fresh, now, paused), retryingRow)
    expect(row !== undefined).toBe(starts)
  })

  test('H102 leaves a row of a newer schema alone, and starts one of its own or an older', () => {
    const of = (schemaVersion: number) => apply(claim(hint, fresh, now), changed(retryingRow, { schemaVersion }))
    expect(of(2)).toBeUndefined()
    expect(of(1)).toBeDefined()
    expect(of(0)).toBeDefined()
  })

  test('H28 never makes a row of a hint for an unknown task', () => {
    expect(apply(claim(hint, fresh, now), undefined)).toBeUndefined()
  })

  test('forgets the progress of the attempt before', () => {
    const row = changed(retryingRow, { progress: { percent: 80 } })
    expect(apply(claim(hint, fresh, now), row)).not.toHaveProperty('progress')
  })
})

describe('heartbeat', () => {
  test('moves the wake time and nothing else: no version, no line in the history', () => {
    expect(apply(heartbeat(lease), runningRow)).toStrictEqual({ ...runningRow, wakeAt: at('10:00:32') })
  })

  test('H34 repeated, it is written again to the same end; an older one that comes later is refused', () => {
    const once = apply(heartbeat(lease), runningRow)
    expect(apply(heartbeat(lease), once)).toStrictEqual(once)
    expect(apply(heartbeat({ ...lease, endsAt: lease.endsAt - 1 }), once)).toBeUndefined()
  })

  test('H35 still works after the end of the lease, as long as nobody has taken over', () => {
    const late = { ...runningRow, wakeAt: at('09:59:58') }
    expect(apply(heartbeat(lease), late)?.wakeAt).toBe(at('10:00:32'))
    const taken = apply(claim(hint, { ...lease, token: 'token-fresh', endsAt: at('10:00:01') }, now), late)
    expect(apply(heartbeat(lease), taken)).toBeUndefined()
  })

  test('P11 is still written when cancel was requested, so that its answer tells the holder', () => {
    const told = { ...runningRow, attemptsLeft: 0, cancelRequestedAt: at('09:59:57') }
    expect(apply(heartbeat(lease), told)).toMatchObject({ cancelRequestedAt: at('09:59:57') })
  })
})

describe('reportProgress', () => {
  test('is a visible change without a line in the history', () => {
    const progress = { percent: 64, message: 'two thirds' }
    const row = apply(reportProgress(lease, progress), runningRow)
    expect(row).toStrictEqual({ ...runningRow, progress, version: runningRow.version + 1 })
  })

  test('H36 is fenced like every other write of a holder', () => {
    const foreign = { ...runningRow, leaseToken: 'token-other' }
    expect(apply(reportProgress(lease, { percent: 64 }), foreign)).toBeUndefined()
  })
})
