import { describe, expect, test } from 'vitest'
import type { TaskRow } from '../../shared/core/task.ts'
import { bury, expire } from '../../shared/core/transitions.ts'
import { apply } from '../helpers/core-apply.ts'
import { changed } from '../helpers/core-cells.ts'
import { at, now, retryingRow, runningRow } from '../helpers/core-fixtures.ts'

describe('expire', () => {
  const row = { ...retryingRow, expiresAt: at('09:59:59') }

  test('H52 writes down what the clock has decided', () => {
    const after = apply(expire(row, now), row)
    expect(after).toMatchObject({ state: 'EXPIRED', finishedAt: now })
    expect(after?.history.at(-1)).toStrictEqual({ at: now, to: 'EXPIRED' })
  })

  test('H52 is allowed from the very expiry on, not before', () => {
    expect(apply(expire(row, at('09:59:59')), row)).toBeDefined()
    expect(apply(expire(row, at('09:59:59') - 1), row)).toBeUndefined()
  })

  test('does nothing to a task that never expires', () => {
    expect(apply(expire(retryingRow, now), retryingRow)).toBeUndefined()
  })
})

describe('bury', () => {
  const lost: TaskRow = { ...runningRow, wakeAt: at('09:59:58'), attemptsLeft: 0 }

  test('H31 a task whose last worker died ends DEAD with crash_loop', () => {
    const after = apply(bury(lost, now), lost)
    expect(after).toMatchObject({
      state: 'DEAD',
      finishedAt: now,
      lastError: { name: 'CrashLoop', code: 'crash_loop', message: expect.stringContaining('attempt 7') },
    })
    expect(after?.history.at(-1)).toStrictEqual({
      at: now,
      to: 'DEAD',
      attempt: 7,
      why: `CrashLoop: ${after?.lastError?.message}`,
    })
  })

  test('H31 crash loops of one kind share a fingerprint, whatever the attempt', () => {
    const print = (attempt: number) =>
      apply(bury({ ...lost, attempt }, now), { ...lost, attempt })?.lastError?.fingerprint
    expect(print(7)).toMatch(/^[0-9a-f]{16}$/)
    expect(print(12)).toBe(print(7))
  })

  test('H60 a task that was told to cancel ends CANCELED, and its last error stays as it was', () => {
    const told = { ...lost, cancelRequestedAt: at('09:59:44') }
    const after = apply(bury(told, now), told)
    expect(after).toMatchObject({ state: 'CANCELED', lastError: runningRow.lastError })
    expect(after?.history.at(-1)).toStrictEqual({ at: now, to: 'CANCELED', attempt: 7 })
  })

  test('H52 a task whose worker died ends EXPIRED when its time is over before its attempts', () => {
    const late = { ...lost, attemptsLeft: 2, expiresAt: at('09:58:00') }
    expect(apply(bury(late, now), late)).toMatchObject({ state: 'EXPIRED', lastError: runningRow.lastError })
  })

  test('leaves a task alone whose holder has sent a heartbeat since, though no version tells', () => {
    expect(apply(bury(lost, now), { ...lost, wakeAt: now + 1 })).toBeUndefined()
    expect(apply(bury(lost, now), { ...lost, wakeAt: now })).toBeDefined()
  })

  test('leaves a task alone that has ended since', () => {
    const ended = changed(lost, { state: 'COMPLETED', version: lost.version + 1, wakeAt: undefined })
    expect(apply(bury(lost, now), ended)).toBeUndefined()
  })

  test('the line of a task that was waiting names no attempt, for none ended there', () => {
    const waiting = { ...retryingRow, expiresAt: at('09:59:59') }
    expect(apply(bury(waiting, now), waiting)?.history.at(-1)).toStrictEqual({ at: now, to: 'EXPIRED' })
  })
})
