import { expect, test } from 'vitest'
import { at } from '../helpers/clock.ts'
import { describeBackends } from './describe-backends.ts'
import { alice, MINUTE, outcomes, request, schedulesOn, setUp } from './scheduling.ts'

describeBackends('what schedules missed', backend => {
  const on = setUp(backend)
  const { fireAt } = on

  test.each([
    ['one', ['10:09:30', 'missed'], ['10:10:00']],
    [3, ['10:08:30', 'missed'], ['10:09:00', '10:09:30', '10:10:00']],
  ] as const)(
    'H78 B-03 catch-up %s is of past times, and what is ahead is none of it',
    async (catchUp, missed, madeUp) => {
      const ahead = schedulesOn(backend, { lookaheadMs: MINUTE })
      const { schedule } = await ahead.create(alice, request({ everyMs: 30_000, catchUp }))
      ahead.at(at('10:10:05'))
      const fired = [...madeUp, '10:10:30', '10:11:00'].map(time => [time, 'fired'])
      const fires = await ahead.fire(schedule.id)
      expect(outcomes(fires)).toEqual([missed, ...fired])
      // Each of the twenty that were past is told of.
      expect((fires[0]?.count ?? 0) + madeUp.length).toBe(20)
    },
  )

  test.each([
    ['just short of two minutes', '10:02:59', 0],
    ['two minutes', '10:03:00', 2],
    ['three minutes', '10:04:00', 3],
  ])('H78 when the oldest is %s late', async (_, time, missed) => {
    const { schedule } = await on.schedules.create(alice, request())
    const fires = await fireAt(schedule.id, at(time))
    expect(fires.flatMap(({ outcome, count }) => (outcome === 'missed' ? [count] : []))).toEqual(missed ? [missed] : [])
    expect(fires.filter(({ outcome }) => outcome === 'fired')).toHaveLength(missed ? 1 : 2)
  })
})
