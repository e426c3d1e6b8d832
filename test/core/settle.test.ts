import { describe, expect, test } from 'vitest'
import type { HistoryEntry, TaskRow } from '../../shared/core/task.ts'
import { complete, discard, fail, release, snooze, stop } from '../../shared/core/transitions.ts'
import { apply } from '../helpers/core-apply.ts'
import { at, error, lease, now, retries, runningRow } from '../helpers/core-fixtures.ts'

const told: TaskRow = { ...runningRow, attemptsLeft: 0, cancelRequestedAt: at('09:59:57') }
const lastLine = (row: TaskRow | undefined): HistoryEntry | undefined => row?.history.at(-1)

describe('complete', () => {
  test('keeps a small result in the row', () => {
    const row = apply(complete(lease, 7, { text: '{"ok":1}' }, now), { ...runningRow, resultAt: 'blob_4' })
    expect(row).toMatchObject({ state: 'COMPLETED', result: '{"ok":1}', finishedAt: now })
    expect(row).not.toHaveProperty('resultAt')
  })

  test('H43 keeps a large result beside the row', () => {
    const row = apply(complete(lease, 7, { at: 'blob_6' }, now), { ...runningRow, result: '"old"' })
    expect(row).toMatchObject({ resultAt: 'blob_6' })
    expect(row).not.toHaveProperty('result')
  })

  test('has no result when the handler returned none', () => {
    const row = apply(complete(lease, 7, {}, now), { ...runningRow, result: '"old"', resultAt: 'blob_4' })
    expect(row).not.toHaveProperty('result')
    expect(row).not.toHaveProperty('resultAt')
  })

  test('names the attempt in its line', () => {
    expect(lastLine(apply(complete(lease, 7, {}, now), runningRow))).toStrictEqual({
      at: now,
      to: 'COMPLETED',
      attempt: 7,
    })
  })

  test('H59 wins over a cancel that was requested, known or not', () => {
    expect(apply(complete(lease, 7, {}, now), told)?.state).toBe('COMPLETED')
  })

  test('H42 is refused once another worker has the task', () => {
    expect(apply(complete(lease, 7, {}, now), { ...runningRow, leaseToken: 'token-other' })).toBeUndefined()
  })

  test('H41 repeated after a lost answer, it is refused and has changed nothing', () => {
    const done = apply(complete(lease, 7, { text: '1' }, now), runningRow)
    expect(apply(complete(lease, 7, { text: '1' }, now), done)).toBeUndefined()
  })
})

describe('fail', () => {
  test('waits for the given delay, and has a hint sent for that time', () => {
    const change = fail(lease, runningRow, error, 71_000, now)
    const runAt = at('10:01:11')
    expect(change.hintAt).toBe(runAt)
    expect(apply(change, runningRow)).toMatchObject({ state: 'RETRYING', runAt, wakeAt: runAt, attemptsLeft: 2 })
  })

  test('H54 ends the task itself when it spends the budget, without a hint', () => {
    const last = { ...runningRow, attemptsLeft: 0 }
    const change = fail(lease, last, error, 71_000, now)
    expect(apply(change, last)).toMatchObject({ state: 'DEAD', finishedAt: now, lastError: error })
    expect(change.hintAt).toBeUndefined()
  })

  test('keeps the error as it was given, and its words in the line', () => {
    const row = apply(fail(lease, runningRow, error, 71_000, now), runningRow)
    expect(row?.lastError).toStrictEqual(error)
    expect(lastLine(row)).toStrictEqual({
      at: now,
      to: 'RETRYING',
      attempt: 7,
      why: 'TypeError: the address has no @',
    })
  })

  test('keeps 200 characters of a long message in the line', () => {
    const wordy = { ...error, message: 'x'.repeat(500) }
    const why = lastLine(apply(fail(lease, runningRow, wordy, 71_000, now), runningRow))?.why
    expect(why).toBe(`TypeError: ${'x'.repeat(189)}`)
  })

  test('H51 ends the task as canceled when that was asked for, with or without attempts left', () => {
    const row = apply(fail(lease, told, error, 71_000, now), told)
    expect(row).toMatchObject({ state: 'CANCELED', finishedAt: now })
    expect(lastLine(row)).toStrictEqual({ at: now, to: 'CANCELED', attempt: 7, why: 'canceled while running' })
    expect(fail(lease, told, error, 71_000, now).hintAt).toBeUndefined()
  })

  test('H51 is refused when a request to cancel has come that it does not know', () => {
    expect(apply(fail(lease, runningRow, error, 71_000, now), told)).toBeUndefined()
    expect(apply(fail(lease, { ...runningRow, attemptsLeft: 0 }, error, 71_000, now), told)).toBeUndefined()
  })
})

describe('discard', () => {
  test('ends the task at once, whatever attempts are left', () => {
    const row = apply(discard(lease, runningRow, error, now), runningRow)
    expect(row).toMatchObject({ state: 'DEAD', attemptsLeft: 2, finishedAt: now, lastError: error })
    expect(lastLine(row)).toStrictEqual({ at: now, to: 'DEAD', attempt: 7, why: 'TypeError: the address has no @' })
  })

  test('H51 a request to cancel comes first', () => {
    expect(apply(discard(lease, told, error, now), told)?.state).toBe('CANCELED')
    expect(apply(discard(lease, runningRow, error, now), told)).toBeUndefined()
  })
})

describe('snooze and release', () => {
  test('P4 give the attempt back, while its number stays used', () => {
    const snoozed = apply(snooze(lease, runningRow, 83_000, now), runningRow)
    expect(snoozed).toMatchObject({ state: 'PENDING', attempt: 7, attemptsLeft: 3, wakeAt: at('10:01:23') })
    const released = apply(release(lease, runningRow, now, 'the worker stops'), runningRow)
    expect(released).toMatchObject({ state: 'PENDING', attempt: 7, attemptsLeft: 3, wakeAt: now, runAt: now })
  })

  test('say why', () => {
    expect(lastLine(apply(snooze(lease, runningRow, 83_000, now), runningRow))?.why).toBe('snoozed')
    expect(lastLine(apply(snooze(lease, runningRow, 83_000, now, 'no tickets yet'), runningRow))).toStrictEqual({
      at: now,
      to: 'PENDING',
      attempt: 7,
      why: 'no tickets yet',
    })
    const released = apply(release(lease, runningRow, now, 'the worker stops'), runningRow)
    expect(lastLine(released)?.why).toBe('the worker stops')
  })

  test('have a hint sent for the time when the task is due', () => {
    expect(snooze(lease, runningRow, 83_000, now).hintAt).toBe(at('10:01:23'))
    expect(release(lease, runningRow, now, 'the worker stops').hintAt).toBe(now)
  })

  test('H51 give nothing back once cancel was requested: the task ends', () => {
    expect(apply(snooze(lease, told, 83_000, now), told)).toMatchObject({ state: 'CANCELED', attemptsLeft: 0 })
    expect(apply(release(lease, told, now, 'the worker stops'), told)).toMatchObject({ state: 'CANCELED' })
    expect(apply(snooze(lease, runningRow, 83_000, now), told)).toBeUndefined()
    expect(apply(release(lease, runningRow, now, 'the worker stops'), told)).toBeUndefined()
  })
})

describe('stop', () => {
  test('ends the task as canceled, for the reason of its handler', () => {
    const row = apply(stop(lease, runningRow, 'the order was withdrawn', now), runningRow)
    expect(row).toMatchObject({ state: 'CANCELED', finishedAt: now })
    expect(lastLine(row)).toStrictEqual({ at: now, to: 'CANCELED', attempt: 7, why: 'the order was withdrawn' })
  })

  test('agrees with a request to cancel, known or not', () => {
    expect(apply(stop(lease, runningRow, 'the order was withdrawn', now), told)?.state).toBe('CANCELED')
  })
})

describe('a long history', () => {
  const long = { ...runningRow, history: retries(43) } // 44 lines: the next write of a holder makes it shorter

  test.each([
    ['fail', fail(lease, long, error, 71_000, now)],
    ['discard', discard(lease, long, error, now)],
    ['snooze', snooze(lease, long, 83_000, now)],
    ['release', release(lease, long, now, 'the worker stops')],
  ] as const)('is folded by %s, whose own line stays the last', (_name, change) => {
    const row = apply(change, long)
    expect(row?.history.length).toBeLessThan(44)
    expect(lastLine(row)).toStrictEqual(change.entry)
  })

  test('is only appended to while there is room', () => {
    const short = { ...runningRow, history: retries(5) }
    const change = fail(lease, short, error, 71_000, now)
    expect(change).not.toHaveProperty('history')
    const row = apply(change, short)
    expect(row?.history.slice(0, 6)).toStrictEqual(retries(5))
    expect(row?.history).toHaveLength(7)
  })
})
