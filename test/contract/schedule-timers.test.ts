import { beforeEach, expect, test } from 'vitest'
import { StoreUnavailable } from '../../shared/ports/store-unavailable.ts'
import { at } from '../helpers/clock.ts'
import { describeBackends } from './describe-backends.ts'
import { alice, always, HOUR, type RecordedTimers, request, setUp } from './scheduling.ts'

describeBackends('timers of schedules', backend => {
  const timers: RecordedTimers = { known: new Map(), fails: false }
  const on = setUp(backend, timers)
  const { fireAt } = on
  beforeEach(() => {
    timers.known.clear()
    timers.fails = false
  })

  test('H73 follow each change', async () => {
    const { schedule } = await on.schedules.create(alice, request())
    expect(timers.known.get(schedule.id)).toMatchObject({ generation: 1, rule: { kind: 'every' } })
    await on.schedules.edit(alice, schedule.id, { cron: '0 12 * * *' })
    expect(timers.known.get(schedule.id)).toMatchObject({ generation: 2, rule: { kind: 'cron' } })
    await on.schedules.pause(alice, schedule.id)
    expect(timers.known.size).toBe(0)
    await on.schedules.resume(alice, schedule.id)
    expect(timers.known.get(schedule.id)).toMatchObject({ generation: 4 })
    await on.schedules.remove(alice, schedule.id)
    expect(timers.known.size).toBe(0)
  })

  test('H73 that could not be told are told by the next look', async () => {
    timers.fails = true
    await expect(on.schedules.create(alice, request({ everyMs: HOUR }), 'key')).rejects.toBeInstanceOf(StoreUnavailable)
    timers.fails = false
    on.schedules.at(at('10:01:00'))
    expect(await on.schedules.fireDue(always)).toMatchObject({ looked: 1, failed: 0, made: 0 })
    expect([...timers.known.values()]).toMatchObject([{ generation: 1 }])
    expect(await on.schedules.fireDue(always)).toMatchObject({ looked: 0, nextAt: at('11:00:00') })
  })

  test('H73 a repeat with the same key tells them', async () => {
    timers.fails = true
    await expect(on.schedules.create(alice, request(), 'key')).rejects.toBeInstanceOf(StoreUnavailable)
    timers.fails = false
    expect(await on.schedules.create(alice, request(), 'key')).toMatchObject({ replayed: true })
    expect(timers.known.size).toBe(1)
  })

  test('H73 H74 a removal that they did not hear of leaves the schedule paused, and can be repeated', async () => {
    const { schedule } = await on.schedules.create(alice, request())
    timers.fails = true
    await expect(on.schedules.remove(alice, schedule.id)).rejects.toBeInstanceOf(StoreUnavailable)
    timers.fails = false
    expect(await fireAt(schedule.id, at('10:05:00'))).toEqual([])
    expect(timers.known.size).toBe(0)
    await on.schedules.remove(alice, schedule.id)
    expect((await on.schedules.list(alice, { limit: 5 })).schedules).toEqual([])
  })

  test('H73 a removal takes the pause before it for no change by somebody else', async () => {
    const { schedule } = await on.schedules.create(alice, request())
    await expect(on.schedules.remove(alice, schedule.id, 2)).rejects.toMatchObject({ code: 'precondition_failed' })
    expect(await on.schedules.get(alice, schedule.id)).not.toHaveProperty('paused')
    await on.schedules.remove(alice, schedule.id, 1)
    expect(timers.known.size).toBe(0)
    expect((await on.schedules.list(alice, { limit: 5 })).schedules).toEqual([])
  })

  test('one that fails does not hold up the others, and stays due', async () => {
    const first = await on.schedules.create(alice, request({ everyMs: HOUR }))
    const second = await on.schedules.create(alice, request())
    timers.fails = true
    await expect(on.schedules.edit(alice, first.schedule.id, { name: 'edited' })).rejects.toBeInstanceOf(
      StoreUnavailable,
    )
    on.schedules.at(at('10:01:00'))
    expect(await on.schedules.fireDue(always)).toMatchObject({ looked: 2, failed: 1, made: 1 })
    expect((await on.schedules.fires(alice, second.schedule.id, { limit: 5 })).fires).toHaveLength(1)
    timers.fails = false
    expect(await on.schedules.fireDue(always)).toMatchObject({ looked: 1, failed: 0 })
  })
})
