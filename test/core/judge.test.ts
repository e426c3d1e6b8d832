import { describe, expect, test } from 'vitest'
import type { TaskRow, TaskState } from '../../shared/core/task.ts'
import { judge } from '../../shared/core/verdict.ts'
import { changed } from '../helpers/core-cells.ts'
import { at, hint, now, retryingRow, runningRow } from '../helpers/core-fixtures.ts'

const overdue = at('09:59:58')
const own = { ...hint, messageId: 'message-11' } // the one that runningRow is held by

describe('a row that needs nobody', () => {
  test('H28 the row is gone: ack', () => {
    expect(judge(hint, undefined, now)).toEqual({ do: 'ack' })
  })

  test.each<TaskState>(['COMPLETED', 'DEAD', 'CANCELED', 'EXPIRED'])('H29 H39 H41 the row is %s: ack', state => {
    const ended = changed(retryingRow, { state, wakeAt: undefined, finishedAt: at('09:59:50') })
    expect(judge(hint, ended, now)).toEqual({ do: 'ack' })
    expect(judge(own, { ...ended, attemptsLeft: 0 }, now)).toEqual({ do: 'ack' })
  })
})

describe('a row that waits', () => {
  test.each<TaskState>(['PENDING', 'RETRYING'])('H30 a hint that comes early for a %s task: a new one then', state => {
    const row = { ...retryingRow, state, wakeAt: at('10:03:21') }
    expect(judge(hint, row, now)).toEqual({ do: 'look again', at: at('10:03:21'), row })
  })

  test('H41 H46 a retry whose hint was never sent: the old hint brings it', () => {
    const row = { ...retryingRow, wakeAt: now + 1 }
    expect(judge(own, row, now)).toEqual({ do: 'look again', at: now + 1, row })
  })

  test('H32 due and startable, but held back by a pause: again in ten seconds', () => {
    expect(judge(hint, retryingRow, now)).toEqual({ do: 'look again', at: now + 10_000, row: retryingRow })
    const justDue = { ...retryingRow, wakeAt: now }
    expect(judge(hint, justDue, now)).toEqual({ do: 'look again', at: now + 10_000, row: justDue })
  })

  test('H52 due, and its time is over: the transition that ends it', () => {
    const row = { ...retryingRow, expiresAt: at('09:50:10') }
    expect(judge(hint, row, now)).toEqual({ do: 'bury', row })
    expect(judge(hint, { ...row, expiresAt: now }, now).do).toBe('bury')
    expect(judge(hint, { ...row, expiresAt: now + 1 }, now).do).toBe('look again')
  })

  test('H52 not due before its time is over: looked at when it is due, reads show it as expired until then', () => {
    const row = { ...retryingRow, wakeAt: at('10:03:21'), expiresAt: at('09:50:10') }
    expect(judge(hint, row, now)).toEqual({ do: 'look again', at: at('10:03:21'), row })
  })
})

describe('a row that is held', () => {
  test('H25 P5 a spare message is sent again for the end of the lease: the message of the holder may be gone', () => {
    const row = { ...runningRow, startedAt: at('09:59:52'), wakeAt: at('10:00:24') }
    expect(judge(hint, row, now)).toEqual({ do: 'look again', at: at('10:00:24'), row })
  })

  test('H20 H25 the longer the attempt has lasted, the later a spare one looks again, a quarter of an hour at most', () => {
    const since = (startedAt: number) => ({ ...runningRow, startedAt })
    const later = (startedAt: number) => judge(hint, since(startedAt), now)
    expect(later(at('09:58:11'))).toEqual({ do: 'look again', at: at('10:01:49'), row: since(at('09:58:11')) })
    expect(later(at('09:45:00'))).toMatchObject({ at: at('10:15:00') })
    expect(later(at('09:44:59'))).toMatchObject({ at: at('10:15:00') })
    expect(later(at('04:00:00'))).toMatchObject({ at: at('10:15:00') })
  })

  test('H20 H25 so an attempt of six hours costs each spare one some thirty looks, and not one for each lease', () => {
    let looks = 0
    for (let time = now; time < now + 6 * 3_600_000; looks++) {
      const verdict = judge(hint, { ...runningRow, startedAt: now, wakeAt: time + 32_000 }, time)
      time = verdict.do === 'look again' ? verdict.at : expect.fail('it looks again')
    }
    expect(looks).toBeLessThan(35)
  })

  test('H25 H101 a holder whose clock is ahead of ours: at the end of its lease', () => {
    const ahead = { ...runningRow, startedAt: now + 4_000, wakeAt: at('10:00:36') }
    expect(judge(hint, ahead, now)).toEqual({ do: 'look again', at: at('10:00:36'), row: ahead })
  })

  test('H25 the message of the holder stays, to bring the task back', () => {
    expect(judge(own, runningRow, now)).toEqual({ do: 'leave' })
  })

  test('H25 only as long as the row is not due', () => {
    const lastMoment = { ...runningRow, wakeAt: now + 1 }
    expect(judge(own, lastMoment, now)).toEqual({ do: 'leave' })
    const due = { ...runningRow, wakeAt: now }
    expect(judge(own, due, now)).toEqual({ do: 'look again', at: now + 10_000, row: due })
  })

  test('H60 a request to cancel changes nothing while the holder lives', () => {
    const told = { ...runningRow, attemptsLeft: 0, cancelRequestedAt: at('09:59:55') }
    expect(judge(own, told, now)).toEqual({ do: 'leave' })
    expect(judge(hint, told, now)).toMatchObject({ do: 'look again' })
  })
})

describe('a row whose holder is dead', () => {
  const lost: TaskRow = { ...runningRow, wakeAt: overdue }

  test('P6 attempts are left: looked at again', () => {
    expect(judge(hint, lost, now)).toEqual({ do: 'look again', at: now + 10_000, row: lost })
  })

  test('P4 one is left: it may be the last, but it may start', () => {
    const row = { ...lost, attemptsLeft: 1 }
    expect(judge(hint, row, now)).toEqual({ do: 'look again', at: now + 10_000, row })
  })

  test('H31 none is left: the transition that ends it', () => {
    const spent = { ...lost, attemptsLeft: 0 }
    expect(judge(hint, spent, now)).toEqual({ do: 'bury', row: spent })
    expect(judge(own, spent, now)).toEqual({ do: 'bury', row: spent })
  })

  test('H60 it was told to cancel: the transition that ends it', () => {
    const told = { ...lost, attemptsLeft: 0, cancelRequestedAt: at('09:59:55') }
    expect(judge(own, told, now)).toEqual({ do: 'bury', row: told })
  })

  test('H52 its time is over: the transition that ends it', () => {
    const late = { ...lost, expiresAt: at('09:59:59') }
    expect(judge(own, late, now)).toEqual({ do: 'bury', row: late })
  })
})

describe('H102 a row of a newer version', () => {
  const newer: TaskRow = { ...runningRow, wakeAt: overdue, attemptsLeft: 0, schemaVersion: 2 }

  test('is neither started nor ended here, though it could be: its hint comes back, and is counted', () => {
    expect(judge(hint, newer, now)).toEqual({ do: 'leave' })
  })

  test('of an older or the same version it is ended', () => {
    expect(judge(hint, { ...newer, schemaVersion: 1 }, now).do).toBe('bury')
    expect(judge(hint, { ...newer, schemaVersion: 0 }, now).do).toBe('bury')
  })
})
