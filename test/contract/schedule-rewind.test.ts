import { expect, test } from 'vitest'
import { at } from '../helpers/clock.ts'
import { describeBackends } from './describe-backends.ts'
import { alice, always, HOUR, outcomes, request, schedulesOn, seenBy, setUp } from './scheduling.ts'

const MONTH = 30 * 24 * HOUR

describeBackends('schedules after the clock was a month ahead', backend => {
  const on = setUp(backend)
  const { fireAt } = on

  test('H78 one that was paused meanwhile stays so, and goes on at the next occurrence when it is resumed', async () => {
    const { schedule } = await on.schedules.create(alice, request({ everyMs: HOUR }))
    await fireAt(schedule.id, at('10:00:00') + MONTH)
    await on.schedules.pause(alice, schedule.id)
    on.schedules.at(at('10:30:00'))
    expect(await on.schedules.rewind(always)).toBe(1)
    expect(await on.schedules.rewind(always)).toBe(0)
    expect(await fireAt(schedule.id, at('11:10:00'))).toEqual([])
    expect((await on.schedules.resume(alice, schedule.id)).nextAt).toBe(at('12:00:00'))
    expect(outcomes(await fireAt(schedule.id, at('12:00:00')))).toEqual([['12:00:00', 'fired']])
  })

  test('H78 one that somebody changes at the same moment is taken back all the same', async () => {
    const { schedule } = await on.schedules.create(alice, request({ everyMs: HOUR }))
    await fireAt(schedule.id, at('10:00:00') + MONTH)
    on.schedules.at(at('10:30:00'))
    let changed = false
    const beaten = schedulesOn(
      seenBy(backend, records => ({
        async write(writes) {
          if (!changed) await on.schedules.edit(alice, schedule.id, { description: 'meanwhile' })
          changed = true
          return records.write(writes)
        },
      })),
    )
    beaten.at(at('10:30:00'))
    expect(await beaten.rewind(always)).toBe(1)
    expect(await on.schedules.get(alice, schedule.id)).toMatchObject({
      description: 'meanwhile',
      nextAt: at('11:00:00'),
    })
  })
})
