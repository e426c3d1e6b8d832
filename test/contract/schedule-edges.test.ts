import { describe, expect, test } from 'vitest'
import { at } from '../helpers/clock.ts'
import { describeBackends } from './describe-backends.ts'
import {
  alice,
  always,
  HOUR,
  MINUTE,
  outcomes,
  type RecordedTimers,
  request,
  schedulesOn,
  setUp,
} from './scheduling.ts'

describeBackends('times of schedules', backend => {
  const on = setUp(backend)
  const { fireAt } = on

  test('S2-15 a time that has passed while the request was on its way is not lost', async () => {
    const { schedule } = await on.schedules.create(alice, request({ at: at('09:59:55') }))
    expect(outcomes(await on.schedules.fire(schedule.id))).toEqual([['09:59:55', 'fired']])
    expect(await fireAt(schedule.id, at('10:05:00'))).toEqual([])
  })

  test('S2-16 no time at all is now', async () => {
    const { schedule } = await on.schedules.create(alice, request({ afterMs: 0 }))
    expect(outcomes(await on.schedules.fire(schedule.id))).toEqual([['10:00:00', 'fired']])
  })

  describe('edits', () => {
    test('another time is another occurrence, the same time said again is none', async () => {
      const ahead = schedulesOn(backend, { lookaheadMs: MINUTE })
      const { schedule } = await ahead.create(alice, request({ at: at('10:00:50') }))
      expect(await ahead.fire(schedule.id)).toHaveLength(1)
      await ahead.edit(alice, schedule.id, { at: at('10:00:50'), description: 'said again' })
      expect(await ahead.fire(schedule.id)).toEqual([])
      await ahead.edit(alice, schedule.id, { at: at('10:00:40') })
      expect(outcomes(await ahead.fire(schedule.id))).toEqual([['10:00:40', 'fired']])
    })

    test('a rule that repeats does not wait for the time that it replaces', async () => {
      const { schedule } = await on.schedules.create(alice, request({ at: at('12:00:00') }))
      expect((await on.schedules.edit(alice, schedule.id, { everyMs: MINUTE })).nextAt).toBe(at('10:01:00'))
    })

    const startsTomorrow = { startAt: at('10:00:00') + 24 * HOUR, everyMs: HOUR }
    test.each([
      ['of a steady pace', startsTomorrow, at('10:30:00')],
      ['of a wall clock', { startAt: startsTomorrow.startAt, cron: '0 * * * *' }, at('11:00:00')],
    ])('B-03 the start is moved to an earlier time: %s', async (_, fields, first) => {
      const { schedule } = await on.schedules.create(alice, request(fields))
      const edited = await on.schedules.edit(alice, schedule.id, { startAt: at('10:30:00') })
      expect(edited.nextAt).toBe(first)
      expect(outcomes(await fireAt(schedule.id, first))).toMatchObject([[expect.any(String), 'fired']])
    })

    test('B-03 without its start, a schedule begins at once, and one that has begun keeps its pace', async () => {
      const { schedule } = await on.schedules.create(alice, request(startsTomorrow))
      expect((await on.schedules.edit(alice, schedule.id, { startAt: null })).nextAt).toBe(at('11:00:00'))
      const begun = await on.schedules.create(alice, request({ startAt: at('10:20:00'), everyMs: HOUR }))
      on.schedules.at(at('11:00:00'))
      expect((await on.schedules.edit(alice, begun.schedule.id, { startAt: null })).nextAt).toBe(at('11:20:00'))
    })
  })

  test('H76 a limit that two meet at the same decision refuses neither', async () => {
    const { schedule } = await on.schedules.create(alice, request({ task: { name: 'seldom' } }))
    on.schedules.at(at('10:01:00'))
    const fires = (await Promise.all([1, 2, 3].map(() => on.schedules.fire(schedule.id)))).flat()
    expect(outcomes(fires)).toEqual([['10:01:00', 'fired']])
  })

  test('two who remove the same, as two deployments do, are both content', async () => {
    const declared = request({ name: 'nightly', cron: '0 3 * * *' })
    await on.schedules.declare([declared])
    await Promise.all([on.schedules.declare([]), on.schedules.declare([]), on.schedules.removeOwner('deploy', always)])
    expect((await on.schedules.list(alice, { limit: 5 })).schedules).toEqual([])
  })

  test('one that is declared with an end that has passed is over, and no reason to fail', async () => {
    const declared = request({ endAt: at('10:30:00') })
    on.schedules.at(at('11:00:00'))
    expect(await on.schedules.declare([declared])).toEqual({ created: 0, changed: 0, removed: 0 })
  })
})

describeBackends('timers of a schedule that two change at once', backend => {
  const known: RecordedTimers['known'] = new Map()
  const on = setUp(backend, { known, fails: false })

  /** A change whose timer is told only when another change has come to its end. */
  async function overtaken(other: (id: string) => Promise<unknown>): Promise<string> {
    known.clear()
    const { schedule } = await on.schedules.create(alice, request())
    const { promise: isHeld, resolve: hold } = Promise.withResolvers<void>()
    const { promise: isOver, resolve: end } = Promise.withResolvers<void>()
    const before = async () => {
      hold()
      await isOver
    }
    const slow = schedulesOn(backend, { timers: { known, fails: false, before } }).edit(alice, schedule.id, {
      everyMs: HOUR,
    })
    await isHeld
    await other(schedule.id)
    end()
    await slow
    return schedule.id
  }

  test('H73 the later edit has the last word', async () => {
    const id = await overtaken(id => on.schedules.edit(alice, id, { cron: '0 12 * * *' }))
    expect(known.get(id)).toMatchObject({ generation: 3, rule: { kind: 'cron' } })
    expect(await on.schedules.get(alice, id)).toMatchObject({ generation: 3, armed: 3 })
  })

  test('H73 H74 a pause and a removal leave no timer behind', async () => {
    await overtaken(id => on.schedules.pause(alice, id))
    expect(known.size).toBe(0)
    await overtaken(id => on.schedules.remove(alice, id))
    expect(known.size).toBe(0)
  })
})
