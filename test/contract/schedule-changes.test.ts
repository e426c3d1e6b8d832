import { describe, expect, test } from 'vitest'
import { localActor } from '../../shared/core/actor.ts'
import type { Instant } from '../../shared/core/task.ts'
import type { Fire, ScheduleRequest } from '../../shared/schedules/schedule.ts'
import { at } from '../helpers/clock.ts'
import { describeBackends } from './describe-backends.ts'
import { alice, always, bob, HOUR, name, outcomes, refused, request, setUp, time } from './scheduling.ts'

describeBackends('changes of schedules', backend => {
  const on = setUp(backend)
  const { fireAt, tasksOf } = on

  describe('changes by people', () => {
    test('H72 an edit starts the next generation: what was due before is due by the old rule, nothing fires twice', async () => {
      const { schedule } = await on.schedules.create(alice, request())
      on.schedules.at(at('10:01:30'))
      const edited = await on.schedules.edit(alice, schedule.id, { task: { name, payload: 'new' } })
      expect(edited).toMatchObject({ generation: 2, nextAt: at('10:02:00') })
      expect((await on.schedules.fires(alice, schedule.id, { limit: 5 })).fires).toMatchObject([
        { scheduledFor: at('10:01:00') },
      ])
      const rows = await tasksOf(await fireAt(schedule.id, at('10:02:00')))
      expect(rows.map(({ payload }) => payload)).toEqual(['"new"'])
    })

    test('H72 a late fire of the old generation is a look at the new one', async () => {
      const { schedule } = await on.schedules.create(alice, request())
      on.schedules.at(at('10:00:30'))
      await on.schedules.edit(alice, schedule.id, { cron: '0 12 * * *' })
      expect(await fireAt(schedule.id, at('10:01:00'), at('10:01:00'))).toEqual([])
    })

    test('an edit that is based on an older generation is refused', async () => {
      const { schedule } = await on.schedules.create(alice, request())
      await on.schedules.edit(alice, schedule.id, { description: 'one' }, 1)
      const error = await refused(on.schedules.edit(alice, schedule.id, { description: 'two' }, 1))
      expect(error).toMatchObject({ code: 'precondition_failed', extra: { generation: 2 } })
      expect(await on.schedules.get(alice, schedule.id)).toMatchObject({ description: 'one', generation: 2 })
    })

    test('so is whatever else is based on one', async () => {
      const { schedule } = await on.schedules.create(alice, request())
      await on.schedules.edit(alice, schedule.id, { description: 'one' }, 1)
      for (const change of [
        () => on.schedules.pause(alice, schedule.id, 'why', 1),
        () => on.schedules.resume(alice, schedule.id, 1),
        () => on.schedules.trigger(alice, schedule.id, undefined, 1),
        () => on.schedules.remove(alice, schedule.id, 1),
      ])
        expect(await refused(change())).toMatchObject({ code: 'precondition_failed', extra: { generation: 2 } })
      expect(await on.schedules.get(alice, schedule.id)).toMatchObject({ description: 'one', generation: 2 })
      expect((await on.schedules.pause(alice, schedule.id, 'why', 2)).generation).toBe(3)
      expect((await on.schedules.resume(alice, schedule.id, 3)).generation).toBe(4)
      expect(await on.schedules.trigger(alice, schedule.id, undefined, 4)).toMatchObject({ replayed: false })
      expect(await on.schedules.remove(alice, schedule.id, 4)).toMatchObject({ generation: 4 })
    })

    test('null removes an optional field', async () => {
      const { schedule } = await on.schedules.create(
        alice,
        request({ description: 'x', tags: { a: 'b' }, jitterMs: 5 }),
      )
      const edited = await on.schedules.edit(alice, schedule.id, { description: null, tags: null, jitterMs: null })
      expect(edited).not.toHaveProperty('description')
      expect(edited).not.toHaveProperty('tags')
      expect(edited).not.toHaveProperty('jitterMs')
    })

    test('an edit that cannot be leaves everything as it was', async () => {
      const { schedule } = await on.schedules.create(alice, request())
      expect((await refused(on.schedules.edit(alice, schedule.id, { cron: '61 * * * *' }))).code).toBe('invalid')
      expect((await refused(on.schedules.edit(alice, schedule.id, { endAt: at('09:00:00') }))).errors[0]?.pointer).toBe(
        '/endAt',
      )
      expect(await on.schedules.get(alice, schedule.id)).toEqual(schedule)
    })

    test('S2-36 S2-37 a pause leaves its occurrences out, and a resume goes on with the next', async () => {
      const { schedule } = await on.schedules.create(alice, request())
      const paused = await on.schedules.pause(alice, schedule.id, 'holiday')
      expect(paused).toMatchObject({ paused: { at: at('10:00:00'), by: alice.by, reason: 'holiday' } })
      expect(await fireAt(schedule.id, at('10:05:00'))).toEqual([])
      expect(await on.schedules.fireDue(always)).toMatchObject({ looked: 0 })
      on.schedules.at(at('10:05:30'))
      expect(await on.schedules.resume(alice, schedule.id)).toMatchObject({ nextAt: at('10:06:00') })
      expect(outcomes(await fireAt(schedule.id, at('10:06:00')))).toEqual([['10:06:00', 'fired']])
    })

    test('S2-38 H74 what is removed is gone, and a late fire of it does nothing', async () => {
      const { schedule } = await on.schedules.create(alice, request())
      expect(await on.schedules.remove(alice, schedule.id)).toMatchObject({ id: schedule.id })
      expect(await fireAt(schedule.id, at('10:01:00'))).toEqual([])
      expect(await on.schedules.fireDue(always)).toMatchObject({ looked: 0, made: 0 })
      expect((await refused(on.schedules.get(alice, schedule.id))).code).toBe('not_found')
      expect((await on.schedules.list(alice, { limit: 10 })).schedules).toEqual([])
    })

    test('H72 H74 changes race fires, and each occurrence makes one task at most', async () => {
      const { schedule } = await on.schedules.create(alice, request({ everyMs: 10_000 }))
      const fires: Fire[] = []
      for (let step = 1; step <= 12; step++) {
        on.schedules.at(at('10:00:00') + step * 10_000)
        const [found] = await Promise.all([
          on.schedules.fire(schedule.id),
          on.schedules.edit(alice, schedule.id, { description: `edit ${step}` }),
          on.schedules.fire(schedule.id),
        ])
        fires.push(...found)
      }
      const page = await on.schedules.fires(alice, schedule.id, { limit: 100 })
      const times = page.fires.map(({ scheduledFor }) => scheduledFor)
      expect(new Set(times).size).toBe(times.length)
      expect(times).toHaveLength(12)
      expect(await tasksOf(page.fires)).toHaveLength(12)
    })

    test('S2-35 with a key the same request makes one schedule, and another is refused', async () => {
      const first = await on.schedules.create(alice, request(), 'key 1')
      const again = await on.schedules.create(alice, request(), 'key 1')
      expect(again).toEqual({ schedule: first.schedule, replayed: true })
      expect((await refused(on.schedules.create(alice, request({ name: 'other' }), 'key 1'))).code).toBe(
        'idempotency_key_reused',
      )
    })

    test('S2-39 schedules are listed in the order of their creation, everybody’s to operators', async () => {
      const made = []
      for (const actor of [alice, bob, alice, alice]) made.push((await on.schedules.create(actor, request())).schedule)
      const first = await on.schedules.list(alice, { limit: 2 })
      const second = await on.schedules.list(alice, {
        limit: 2,
        ...(first.next !== undefined && { after: first.next }),
      })
      expect([...first.schedules, ...second.schedules].map(({ id }) => id)).toEqual(
        made.filter(({ owner }) => owner === alice.owner).map(({ id }) => id),
      )
      expect((await on.schedules.list(localActor, { limit: 10 })).schedules.map(({ id }) => id)).toEqual(
        made.map(({ id }) => id),
      )
    })

    test('SEC-17 another owner’s schedule is as unknown as none', async () => {
      const { schedule } = await on.schedules.create(alice, request())
      const calls = [
        on.schedules.get(bob, schedule.id),
        on.schedules.edit(bob, schedule.id, { name: 'mine' }),
        on.schedules.pause(bob, schedule.id),
        on.schedules.resume(bob, schedule.id),
        on.schedules.trigger(bob, schedule.id),
        on.schedules.remove(bob, schedule.id),
        on.schedules.fires(bob, schedule.id, { limit: 1 }),
        on.schedules.upcoming(bob, schedule.id, { limit: 1 }),
        on.schedules.backfill(bob, schedule.id, { from: 0, to: 1 }),
        on.schedules.get(bob, `sch_${'0'.repeat(26)}`),
        on.schedules.get(bob, '../all'),
      ]
      for (const error of await Promise.all(calls.map(refused)))
        expect(error).toMatchObject({ code: 'not_found', message: 'there is no schedule with this id' })
      expect(await on.schedules.get(localActor, schedule.id)).toEqual(schedule)
    })
  })

  describe('by hand', () => {
    test('a trigger makes one more task, also of a paused schedule', async () => {
      const { schedule } = await on.schedules.create(alice, request({ paused: true }))
      const { row } = await on.schedules.trigger(alice, schedule.id, 'again')
      const repeat = await on.schedules.trigger(alice, schedule.id, 'again')
      expect(row).toMatchObject({ scheduleId: schedule.id, owner: alice.owner })
      expect(row).not.toHaveProperty('scheduledFor', expect.anything())
      expect(repeat).toMatchObject({ replayed: true, row: { id: row.id } })
      expect((await on.schedules.fires(alice, schedule.id, { limit: 5 })).fires).toMatchObject([
        { outcome: 'triggered', taskId: row.id },
      ])
    })

    test('B-03 a backfill is shown before, made once, and finds what has fired', async () => {
      const { schedule } = await on.schedules.create(alice, request())
      await fireAt(schedule.id, at('10:01:00'))
      await on.schedules.pause(alice, schedule.id)
      await on.schedules.resume(alice, schedule.id)
      on.schedules.at(at('10:04:30'))
      await on.schedules.pause(alice, schedule.id)
      const range = { from: at('10:02:00'), to: at('10:04:00') }
      const preview = await on.schedules.backfill(alice, schedule.id, { ...range, dryRun: true })
      expect(preview.items.map(({ scheduledFor, outcome }) => [time(scheduledFor), outcome])).toEqual([
        ['10:02:00', 'made'],
        ['10:03:00', 'made'],
        ['10:04:00', 'made'],
      ])
      expect(await tasksOf(preview.items)).toEqual([])
      expect(await on.schedules.backfill(alice, schedule.id, range)).toEqual({ ...preview, dryRun: false })
      const again = await on.schedules.backfill(alice, schedule.id, range)
      expect(again.items.map(({ outcome }) => outcome)).toEqual(['present', 'present', 'present'])
      expect(await tasksOf(preview.items)).toHaveLength(3)
    })

    test('B-03 P12 a backfill finds what was made before a pause and an edit that made no other task of it', async () => {
      const { schedule } = await on.schedules.create(alice, request())
      await fireAt(schedule.id, at('10:01:00'))
      await on.schedules.pause(alice, schedule.id)
      on.schedules.at(at('10:03:30'))
      await on.schedules.resume(alice, schedule.id)
      await on.schedules.edit(alice, schedule.id, { description: 'after the incident' })
      const range = { from: at('10:01:00'), to: at('10:03:00') }
      const outcomesOf = async () => {
        const { items } = await on.schedules.backfill(alice, schedule.id, range)
        return items.map(({ scheduledFor, outcome }) => [time(scheduledFor), outcome])
      }
      expect(await outcomesOf()).toEqual([
        ['10:01:00', 'present'],
        ['10:02:00', 'made'],
        ['10:03:00', 'made'],
      ])
      await on.schedules.edit(alice, schedule.id, { task: { name, payload: 'corrected' } })
      expect((await outcomesOf()).map(([, outcome]) => outcome)).toEqual(['made', 'made', 'made'])
    })

    test.each<[string, ScheduleRequest]>([
      ['a pace', request({ startAt: at('09:58:00'), endAt: at('10:01:00') })],
      ['cron', request({ cron: '* * * * *', startAt: at('09:58:00'), endAt: at('10:01:00') })],
    ])('B-03 a backfill of %s stays within its start and end', async (_, wanted) => {
      const { schedule } = await on.schedules.create(alice, wanted)
      on.schedules.at(at('10:30:00'))
      const range = { from: at('09:30:00'), to: at('10:30:00'), dryRun: true }
      const { items } = await on.schedules.backfill(alice, schedule.id, range)
      expect(items.map(({ scheduledFor }) => time(scheduledFor))).toEqual([
        '09:58:00',
        '09:59:00',
        '10:00:00',
        '10:01:00',
      ])
    })

    test('B-03 a backfill that is too long, backwards or ahead is refused by name', async () => {
      const { schedule } = await on.schedules.create(alice, request({ cron: '* * * * *' }))
      const of = (from: Instant, to: Instant) => refused(on.schedules.backfill(alice, schedule.id, { from, to }))
      for (const error of [
        await of(at('09:00:00') - 24 * HOUR, at('09:00:00')),
        await of(at('09:00:00'), at('08:00:00')),
        await of(at('09:00:00'), at('11:00:00')),
      ])
        expect(error).toMatchObject({ code: 'invalid', errors: [{ pointer: '/to' }] })
    })

    test('the next occurrences are told by the rule', async () => {
      const { schedule } = await on.schedules.create(alice, request({ endAt: at('10:03:30') }))
      expect(await on.schedules.upcoming(alice, schedule.id, { limit: 5 })).toEqual([
        at('10:01:00'),
        at('10:02:00'),
        at('10:03:00'),
      ])
      expect(await on.schedules.upcoming(alice, schedule.id, { limit: 1, after: at('10:01:00') })).toEqual([
        at('10:02:00'),
      ])
    })

    test('S2-41 what became of occurrences is listed page by page, the latest first', async () => {
      const { schedule } = await on.schedules.create(alice, request({ catchUp: 100 }))
      await fireAt(schedule.id, at('10:05:10'))
      await fireAt(schedule.id, at('10:06:00'))
      const seen: string[] = []
      let after: string | undefined
      do {
        const page = await on.schedules.fires(alice, schedule.id, { limit: 2, ...(after !== undefined && { after }) })
        seen.push(...page.fires.map(({ scheduledFor }) => time(scheduledFor)))
        after = page.next
      } while (after !== undefined)
      expect(seen).toEqual(['10:06:00', '10:05:00', '10:04:00', '10:03:00', '10:02:00', '10:01:00'])
    })
  })

  describe('what is refused', () => {
    test('a task that nobody runs, a payload that is too long, bounds that hold nothing', async () => {
      const cases: [Partial<ScheduleRequest>, string][] = [
        [{ task: { name: 'nobody' } }, '/task/name'],
        [{ task: { name, payload: 'x'.repeat(40_000) } }, '/task/payload'],
        [{ endAt: at('10:00:30') }, '/endAt'],
        [{ endAt: at('09:00:00') }, '/endAt'],
        [{ at: at('11:00:00'), startAt: at('10:30:00') }, '/startAt'],
        [{ at: at('11:00:00'), endAt: at('12:30:00') }, '/endAt'],
      ]
      for (const [fields, pointer] of cases) {
        const error = await refused(on.schedules.create(alice, request(fields)))
        expect(error).toMatchObject({ code: 'invalid', errors: [{ pointer }] })
      }
      expect((await on.schedules.list(localActor, { limit: 5 })).schedules).toEqual([])
    })

    test('an occurrence whose task is refused says why, and the next one is tried', async () => {
      const { schedule } = await on.schedules.create(alice, request({ task: { name: 'seldom' } }))
      expect(outcomes(await fireAt(schedule.id, at('10:01:00')))).toEqual([['10:01:00', 'fired']])
      const [line] = await fireAt(schedule.id, at('10:02:00'))
      expect(line).toMatchObject({
        outcome: 'refused',
        detail: expect.stringContaining('at most 1 tasks named "seldom"'),
      })
      expect((await on.schedules.get(alice, schedule.id)).nextAt).toBe(at('10:03:00'))
    })
  })

  test('SEC-22 all schedules of an owner go, with the lines about their occurrences', async () => {
    const { schedule } = await on.schedules.create(alice, request())
    const other = await on.schedules.create(bob, request())
    await fireAt(schedule.id, at('10:01:00'))
    expect(await on.schedules.removeOwner(alice.owner, () => false)).toBe(false)
    expect(await on.schedules.removeOwner(alice.owner, always)).toBe(true)
    expect((await on.schedules.list(localActor, { limit: 10 })).schedules.map(({ id }) => id)).toEqual([
      other.schedule.id,
    ])
    expect((await backend.records.list({ partition: `schedule_fired_${schedule.id}`, limit: 1 })).records).toEqual([])
    expect(await on.schedules.removeOwner(alice.owner, always)).toBe(true)
  })

  test('a schedule that will never fire again goes by itself after a while', async () => {
    const { schedule } = await on.schedules.create(alice, request({ at: at('10:01:00') }))
    await fireAt(schedule.id, at('10:01:00'))
    const keys = [
      { partition: 'schedule_all', sort: schedule.id },
      { partition: `schedule_of_${alice.owner}`, sort: schedule.id },
    ]
    const records = await backend.records.readMany(keys)
    expect(records.map(record => record?.expiresAt)).toEqual([expect.any(Number), expect.any(Number)])
    const { id } = await on.schedules.edit(alice, schedule.id, { everyMs: HOUR })
    expect(id).toBe(schedule.id)
    expect((await backend.records.readMany(keys)).map(record => record?.expiresAt)).toEqual([undefined, undefined])
  })
})
