import { describe, expect, test } from 'vitest'
import type { Instant, TaskRow } from '../../shared/core/task.ts'
import { occurrenceTaskId } from '../../shared/core/task-id.ts'
import { cancel } from '../../shared/core/transitions.ts'
import { scheduleKey } from '../../shared/schedules/records.ts'
import type { Fire, Schedule, ScheduleEdit, ScheduleRequest } from '../../shared/schedules/schedule.ts'
import { at } from '../helpers/clock.ts'
import { describeBackends } from './describe-backends.ts'
import { alice, always, HOUR, MINUTE, name, outcomes, request, schedulesOn, setUp } from './scheduling.ts'

describeBackends('occurrences of schedules', backend => {
  const on = setUp(backend)
  const { fireAt, tasksOf } = on

  describe('occurrences', () => {
    test('S2-17 every interval makes one task for each occurrence, with lineage both ways', async () => {
      const { schedule } = await on.schedules.create(alice, request())
      expect(await fireAt(schedule.id, at('10:00:59'))).toEqual([])
      const [first] = await fireAt(schedule.id, at('10:01:00'))
      const [second] = await fireAt(schedule.id, at('10:02:01'))
      expect(first).toMatchObject({ scheduledFor: at('10:01:00'), firedAt: at('10:01:00'), outcome: 'fired' })
      const rows = await tasksOf([first, second])
      expect(rows).toMatchObject([
        {
          owner: alice.owner,
          name,
          priority: 2,
          payload: '{"n":1}',
          scheduleId: schedule.id,
          scheduledFor: at('10:01:00'),
        },
        { scheduleId: schedule.id, scheduledFor: at('10:02:00'), runAt: at('10:02:01') },
      ])
      expect((await on.schedules.fires(alice, schedule.id, { limit: 10 })).fires).toEqual([second, first])
      expect(await on.schedules.get(alice, schedule.id)).toMatchObject({ last: second, nextAt: at('10:03:00') })
    })

    test('S2-15 a time makes one task at that time and none after it', async () => {
      const { schedule } = await on.schedules.create(alice, request({ at: at('10:30:00') }))
      expect(await fireAt(schedule.id, at('10:29:59'))).toEqual([])
      expect(outcomes(await fireAt(schedule.id, at('10:30:00')))).toEqual([['10:30:00', 'fired']])
      expect(await fireAt(schedule.id, at('12:00:00'))).toEqual([])
      expect((await on.schedules.get(alice, schedule.id)).nextAt).toBeUndefined()
    })

    test('S2-16 a length of time is counted from the creation', async () => {
      const { schedule } = await on.schedules.create(alice, request({ afterMs: 90_000 }))
      expect(schedule.nextAt).toBe(at('10:01:30'))
      expect(outcomes(await fireAt(schedule.id, at('10:01:31')))).toEqual([['10:01:30', 'fired']])
    })

    test('S2-18 cron in a time zone', async () => {
      const { schedule } = await on.schedules.create(alice, request({ cron: '0 13 * * *', timeZone: 'Europe/Berlin' }))
      expect(schedule.nextAt).toBe(at('11:00:00'))
      expect(outcomes(await fireAt(schedule.id, at('11:00:00')))).toEqual([['11:00:00', 'fired']])
    })

    test('P12 H70 a doubled fire finds the task of the first one', async () => {
      const { schedule } = await on.schedules.create(alice, request())
      on.schedules.at(at('10:01:00'))
      const fires = (await Promise.all([1, 2, 3, 4].map(() => on.schedules.fire(schedule.id)))).flat()
      expect(fires).toHaveLength(1)
      expect(await fireAt(schedule.id, at('10:01:30'))).toEqual([])
      expect((await on.schedules.fires(alice, schedule.id, { limit: 10 })).fires).toHaveLength(1)
      await backend.shows(async () =>
        expect((await backend.tasks.list({ limit: 10, now: on.schedules.now() })).rows).toHaveLength(1),
      )
    })

    test('P12 H70 the id of a task follows from schedule, the beginning of its rule and task, and occurrence', async () => {
      const { schedule } = await on.schedules.create(alice, request())
      const [fire] = await fireAt(schedule.id, at('10:01:00'))
      expect(schedule.since).toBe(at('10:00:00'))
      expect(fire?.taskId).toBe(occurrenceTaskId(schedule.id, schedule.since, at('10:01:00')))
      const { since } = await on.schedules.edit(alice, schedule.id, { task: { name, payload: 'another' } })
      expect(since).toBe(at('10:01:00'))
      const [next] = await fireAt(schedule.id, at('10:02:00'))
      expect(next?.taskId).toBe(occurrenceTaskId(schedule.id, since, at('10:02:00')))
    })

    test.each<[string, ScheduleEdit]>([
      ['the task', { task: { name, payload: { n: 2 } } }],
      ['the rule', { everyMs: HOUR }],
      ['the start', { startAt: at('10:30:00') }],
      ['the jitter', { jitterMs: 1_000 }],
    ])('P12 %s changed, other tasks are made, also by a clock that stands still', async (_, changes) => {
      const { schedule } = await on.schedules.create(alice, request())
      expect((await on.schedules.edit(alice, schedule.id, changes)).since).toBe(schedule.since + 1)
    })

    test.each<[string, (id: string) => Promise<Schedule>]>([
      ['a pause', id => on.schedules.pause(alice, id)],
      ['a resume', id => on.schedules.resume(alice, id)],
      ['another name', id => on.schedules.edit(alice, id, { name: 'tock', description: 'and more', tags: { a: 'b' } })],
      ['an end', id => on.schedules.edit(alice, id, { endAt: at('23:00:00') })],
      [
        'the same task said again',
        id => on.schedules.edit(alice, id, { task: { priority: 2, payload: { n: 1 }, name } }),
      ],
    ])('P12 after %s the tasks are the same ones', async (_, change) => {
      const { schedule } = await on.schedules.create(alice, request())
      on.schedules.at(at('10:00:30'))
      expect(await change(schedule.id)).toMatchObject({ since: schedule.since, generation: 2 })
    })

    test('P12 H74 made again under the same key it is another one: its tasks are its own, and so are its lines', async () => {
      const soon = request({ everyMs: 5 * MINUTE })
      const { schedule } = await on.schedules.create(alice, soon, 'key')
      const [before] = await fireAt(schedule.id, at('10:05:00'))
      await on.schedules.remove(alice, schedule.id)
      on.schedules.at(at('10:07:00'))
      const again = await on.schedules.create(alice, { ...soon, startAt: at('10:10:00') }, 'key')
      expect(again).toMatchObject({ replayed: false, schedule: { id: schedule.id } })
      const { items } = await on.schedules.backfill(alice, schedule.id, { from: at('10:00:00'), to: at('10:07:00') })
      expect(items).toEqual([])
      const [after] = await fireAt(schedule.id, at('10:10:00'))
      expect(after).toMatchObject({ scheduledFor: at('10:10:00'), outcome: 'fired' })
      expect((await on.schedules.fires(alice, schedule.id, { limit: 9 })).fires).toEqual([after])
      expect(await tasksOf([before, after])).toHaveLength(2)
    })

    test('P12 a schedule that was stored before its beginning was goes on under the ids of its generation', async () => {
      const { schedule } = await on.schedules.create(alice, request())
      const key = scheduleKey(schedule.id)
      const { since: _, ...old } = schedule
      expect(await backend.records.write([{ key, expect: schedule.since, value: old }])).toBe(true)
      const [fire] = await fireAt(schedule.id, at('10:01:00'))
      expect(fire?.taskId).toBe(occurrenceTaskId(schedule.id, 1, at('10:01:00')))
    })

    test('P12 H77 a fire that names its time is believed up to a minute ahead of our clock', async () => {
      const { schedule } = await on.schedules.create(alice, request())
      expect(await fireAt(schedule.id, at('10:00:10'), at('10:02:00'))).toMatchObject([
        { scheduledFor: at('10:01:00') },
      ])
      expect(await fireAt(schedule.id, at('10:00:10'), at('23:00:00'))).toEqual([])
    })

    test('H71 a lost fire is found among what is due, with the same id', async () => {
      const { schedule } = await on.schedules.create(alice, request())
      on.schedules.at(at('10:00:59'))
      expect(await on.schedules.fireDue(always)).toMatchObject({ looked: 0, made: 0, nextAt: at('10:01:00') })
      on.schedules.at(at('10:01:05'))
      expect(await on.schedules.fireDue(always)).toMatchObject({ looked: 1, made: 1, failed: 0, done: true })
      expect(await on.schedules.fires(alice, schedule.id, { limit: 5 })).toMatchObject({
        fires: [{ taskId: occurrenceTaskId(schedule.id, schedule.since, at('10:01:00')) }],
      })
    })

    test('B-03 nothing fires before the start and after the end', async () => {
      const bounds = { startAt: at('10:10:00'), endAt: at('10:12:00') }
      const { schedule } = await on.schedules.create(alice, request(bounds))
      expect(schedule.nextAt).toBe(at('10:10:00'))
      const fires = []
      for (let when = at('10:05:00'); when <= at('10:20:00'); when += MINUTE)
        fires.push(...(await fireAt(schedule.id, when)))
      expect(outcomes(fires).map(([at]) => at)).toEqual(['10:10:00', '10:11:00', '10:12:00'])
    })

    test('B-03 jitter moves a task by a part of the window, and always by the same', async () => {
      const { schedule } = await on.schedules.create(alice, request({ jitterMs: 30_000, everyMs: HOUR }))
      const rows = []
      for (let hour = 11; hour < 17; hour++)
        rows.push(...(await tasksOf(await fireAt(schedule.id, at(`${hour}:00:00`)))))
      const late = rows.map(({ runAt, scheduledFor = 0 }) => runAt - scheduledFor)
      expect(late.every(each => each >= 0 && each <= 30_000)).toBe(true)
      expect(new Set(late).size).toBeGreaterThan(1)
    })

    test('a task expires so long after it may run', async () => {
      const { schedule } = await on.schedules.create(alice, request({ task: { name, expiresInMs: 5_000 } }))
      expect(await tasksOf(await fireAt(schedule.id, at('10:01:07')))).toMatchObject([{ expiresAt: at('10:01:12') }])
    })

    test('tasks are made ahead of their time by as much as timers are late', async () => {
      const ahead = schedulesOn(backend, { lookaheadMs: MINUTE })
      const { schedule } = await ahead.create(alice, request({ everyMs: 10_000 }))
      const fires = await ahead.fire(schedule.id)
      expect(outcomes(fires).map(([at]) => at)).toEqual([
        '10:00:10',
        '10:00:20',
        '10:00:30',
        '10:00:40',
        '10:00:50',
        '10:01:00',
      ])
      expect((await tasksOf(fires)).map(({ runAt }) => runAt)).toEqual(fires.map(({ scheduledFor }) => scheduledFor))
      expect(await ahead.fire(schedule.id)).toEqual([])
    })
  })

  describe('what is missed', () => {
    const sleepFrom = async (fields: Partial<ScheduleRequest>, until: Instant) => {
      const { schedule } = await on.schedules.create(alice, request(fields))
      return outcomes(await fireAt(schedule.id, until))
    }

    test('H78 a look that is not two minutes late has missed nothing', async () => {
      expect(await sleepFrom({ catchUp: 'skip' }, at('10:02:30'))).toEqual([
        ['10:01:00', 'fired'],
        ['10:02:00', 'fired'],
      ])
    })

    test('H78 B-03 catch-up of one: the latest, and a line about the others', async () => {
      expect(await sleepFrom({}, at('10:20:30'))).toEqual([
        ['10:19:00', 'missed'],
        ['10:20:00', 'fired'],
      ])
    })

    test('H78 B-03 catch-up of some: the latest of them', async () => {
      expect(await sleepFrom({ catchUp: 3 }, at('10:20:30'))).toEqual([
        ['10:17:00', 'missed'],
        ['10:18:00', 'fired'],
        ['10:19:00', 'fired'],
        ['10:20:00', 'fired'],
      ])
      const { schedule } = await on.schedules.create(alice, request({ catchUp: 100 }))
      expect(await fireAt(schedule.id, on.schedules.now() + 5 * MINUTE)).toHaveLength(5)
    })

    test('H78 B-03 no catch-up: the latest only while it is not late', async () => {
      expect(await sleepFrom({ catchUp: 'skip' }, at('10:20:30'))).toEqual([
        ['10:19:00', 'missed'],
        ['10:20:00', 'fired'],
      ])
    })

    test('H78 B-03 no catch-up: nothing when the latest is late as well', async () => {
      const { schedule } = await on.schedules.create(alice, request({ catchUp: 'skip', everyMs: HOUR }))
      const [line, ...others] = await fireAt(schedule.id, at('13:10:00'))
      expect(others).toEqual([])
      expect(line).toEqual({ scheduledFor: at('13:00:00'), firedAt: at('13:10:00'), outcome: 'missed', count: 3 })
      expect((await on.schedules.get(alice, schedule.id)).nextAt).toBe(at('14:00:00'))
    })

    test('H78 a year of missed minutes is as little work as one', async () => {
      const { schedule } = await on.schedules.create(alice, request({ cron: '* * * * *' }))
      const fires = await fireAt(schedule.id, at('10:00:00') + 365 * 24 * HOUR)
      expect(fires).toMatchObject([{ outcome: 'missed', count: 1_000 }, { outcome: 'fired' }])
    })

    test('H78 decisions about times ahead are taken back when the clock was ahead, and make no task twice', async () => {
      const { schedule } = await on.schedules.create(alice, request({ everyMs: HOUR }))
      const wrong = await fireAt(schedule.id, at('20:00:00'))
      expect(wrong.at(-1)).toMatchObject({ scheduledFor: at('20:00:00'), outcome: 'fired' })
      on.schedules.at(at('10:30:00'))
      expect(await on.schedules.rewind(always)).toBe(1)
      expect(await on.schedules.rewind(always)).toBe(0)
      expect(outcomes(await fireAt(schedule.id, at('11:00:00')))).toEqual([['11:00:00', 'fired']])
      for (let hour = 12; hour < 20; hour++) await fireAt(schedule.id, at(`${hour}:00:00`))
      const [again] = await fireAt(schedule.id, at('20:00:00'))
      expect(again?.taskId).toBe(wrong.at(-1)?.taskId)
    })
  })

  describe('overlap', () => {
    test('H76 B-03 skip: no task while the one before has not ended', async () => {
      const { schedule } = await on.schedules.create(alice, request({ overlap: 'skip' }))
      const [first] = await fireAt(schedule.id, at('10:01:00'))
      expect(outcomes(await fireAt(schedule.id, at('10:02:00')))).toEqual([['10:02:00', 'overlapping']])
      const [row] = await tasksOf([first as Fire])
      await backend.written(cancel(row as TaskRow, at('10:02:30'), 'alice'))
      expect(outcomes(await fireAt(schedule.id, at('10:03:00')))).toEqual([['10:03:00', 'fired']])
    })

    test('H76 of several that are due at once, only the first', async () => {
      const { schedule } = await on.schedules.create(alice, request({ overlap: 'skip' }))
      expect(outcomes(await fireAt(schedule.id, at('10:02:10')))).toEqual([
        ['10:01:00', 'fired'],
        ['10:02:00', 'overlapping'],
      ])
    })

    test('allow: one task for each', async () => {
      const { schedule } = await on.schedules.create(alice, request())
      await fireAt(schedule.id, at('10:01:00'))
      expect(outcomes(await fireAt(schedule.id, at('10:02:00')))).toEqual([['10:02:00', 'fired']])
    })
  })
})
