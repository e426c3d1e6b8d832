import { describe, expect, test } from 'vitest'
import { localActor } from '../../shared/core/actor.ts'
import type { ScheduleRequest } from '../../shared/schedules/schedule.ts'
import { at } from '../helpers/clock.ts'
import { describeBackends } from './describe-backends.ts'
import { alice, always, HOUR, MINUTE, refused, request, setUp } from './scheduling.ts'

describeBackends('declared schedules', backend => {
  const on = setUp(backend)

  const nightly = request({ name: 'nightly', cron: '0 3 * * *' })

  test('are made, changed and removed until they are so', async () => {
    expect(await on.schedules.declare([nightly, request()])).toEqual({ created: 2, changed: 0, removed: 0 })
    expect(await on.schedules.declare([nightly, request()])).toEqual({ created: 0, changed: 0, removed: 0 })
    expect(await on.schedules.declare([{ ...nightly, cron: '0 4 * * *' }])).toEqual({
      created: 0,
      changed: 1,
      removed: 1,
    })
    const { schedules: left } = await on.schedules.list(localActor, { limit: 10 })
    expect(left).toMatchObject([{ name: 'nightly', rule: { expression: '0 4 * * *' }, declared: true, generation: 2 }])
  })

  test('what a person edits is undone by the next deploy, but a pause stays', async () => {
    await on.schedules.declare([nightly])
    const [{ id } = { id: '' }] = (await on.schedules.list(localActor, { limit: 10 })).schedules
    await on.schedules.edit(localActor, id, { description: 'by hand', cron: '0 5 * * *' })
    await on.schedules.pause(localActor, id)
    expect(await on.schedules.declare([nightly])).toEqual({ created: 0, changed: 1, removed: 0 })
    const restored = await on.schedules.get(localActor, id)
    expect(restored).toMatchObject({ rule: { expression: '0 3 * * *' }, paused: { by: 'local' } })
    expect(restored).not.toHaveProperty('description')
  })

  test('leave those that people made alone', async () => {
    await on.schedules.create(alice, request({ name: 'nightly' }))
    await on.schedules.declare([nightly])
    expect(await on.schedules.declare([])).toMatchObject({ removed: 1 })
    expect((await on.schedules.list(localActor, { limit: 10 })).schedules).toHaveLength(1)
  })

  test('one that fires once stays as it is after its time, and is not made again when it has gone', async () => {
    const once = request({ name: 'once', at: at('10:30:00') })
    expect(await on.schedules.declare([once])).toMatchObject({ created: 1 })
    on.schedules.at(at('11:00:00'))
    await on.schedules.fireDue(always)
    expect(await on.schedules.declare([once])).toEqual({ created: 0, changed: 0, removed: 0 })
    await on.schedules.declare([])
    expect(await on.schedules.declare([once])).toEqual({ created: 0, changed: 0, removed: 0 })
  })

  test('one whose end is set to a time that is past goes, and is no reason to refuse the others', async () => {
    await on.schedules.declare([nightly])
    const ended = { ...nightly, endAt: at('09:00:00') }
    expect(await on.schedules.declare([ended, request()])).toEqual({ created: 1, changed: 0, removed: 1 })
    expect(await on.schedules.declare([ended, request()])).toEqual({ created: 0, changed: 0, removed: 0 })
  })

  describe('one whose end leaves it no occurrence', () => {
    const others = { ...nightly, name: 'others' }
    const yearly = request({ name: 'yearly', cron: '5 18 17 5 *', endAt: at('10:00:00') + 60 * 24 * HOUR })

    test('is over once it has fired: after its record has gone, nothing is made and nobody is refused', async () => {
      await on.schedules.declare([yearly])
      on.schedules.at(at('18:05:00'))
      await on.schedules.fireDue(always)
      const [known] = (await on.schedules.list(localActor, { limit: 10 })).schedules
      expect(known).toMatchObject({ last: { outcome: 'fired' } })
      expect(known).not.toHaveProperty('nextAt')
      expect(await on.schedules.declare([yearly])).toEqual({ created: 0, changed: 0, removed: 0 })
      await on.schedules.declare([])
      on.schedules.at(at('18:05:00') + 31 * 24 * HOUR)
      expect(await on.schedules.declare([yearly, others])).toEqual({ created: 1, changed: 0, removed: 0 })
    })

    test('is not made, though its end is ahead', async () => {
      const short = request({ everyMs: HOUR, endAt: at('10:30:00') })
      expect(await on.schedules.declare([short, others])).toEqual({ created: 1, changed: 0, removed: 0 })
    })

    test('goes when it was another one before', async () => {
      await on.schedules.declare([nightly, others])
      const ending = { ...nightly, endAt: at('10:30:00') }
      expect(await on.schedules.declare([ending, others])).toEqual({ created: 0, changed: 0, removed: 1 })
    })
  })

  test.each<[string, Partial<ScheduleRequest>, string]>([
    ['/endAt', { startAt: at('12:00:00'), endAt: at('11:00:00') }, 'endAt: must be later than'],
    ['/endAt', { startAt: at('08:00:00'), endAt: at('07:00:00') }, 'endAt: must be later than'],
    ['/endAt', { cron: '@yearly', startAt: at('08:00:00'), endAt: at('09:00:00') }, 'endAt: no occurrence is between'],
    ['/endAt', { at: at('12:00:00'), endAt: at('13:00:00') }, 'endAt: is for rules that repeat'],
    ['/endAt', { at: at('08:00:00'), endAt: at('13:00:00') }, 'endAt: is for rules that repeat'],
    ['/cron', { cron: '61 * * * *' }, 'cron: '],
    ['/task/name', { task: { name: 'nobody' } }, 'no handler is registered'],
  ])('what is a mistake at any time is refused with its name and %s: %j', async (pointer, fields, message) => {
    const error = await refused(on.schedules.declare([request({ name: 'wrong', ...fields })]))
    expect(error.message).toContain('schedule "wrong" is refused: ')
    expect(error.message).toContain(message)
    expect(error.errors).toMatchObject([{ pointer }])
  })

  test('an interval keeps its phase while only other things are changed', async () => {
    const often = request({ everyMs: HOUR })
    await on.schedules.declare([often])
    const nextAt = async () => (await on.schedules.list(localActor, { limit: 1 })).schedules[0]?.nextAt
    on.schedules.at(at('10:20:00'))
    await on.schedules.declare([{ ...often, description: 'another', endAt: at('11:10:00') }])
    expect(await nextAt()).toBe(at('11:00:00'))
    await on.schedules.declare([{ ...often, everyMs: HOUR + MINUTE }])
    expect(await nextAt()).toBe(at('11:21:00'))
    await on.schedules.declare([{ ...often, everyMs: HOUR + MINUTE, startAt: at('10:45:00') }])
    expect(await nextAt()).toBe(at('10:45:00'))
  })
})
