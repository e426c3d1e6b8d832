import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createRegistry, defineTask } from '../../shared/core/definition.ts'
import type { Instant } from '../../shared/core/task.ts'
import { isDisabled } from '../../shared/identity/user.ts'
import { createSchedules } from '../../shared/schedules/create-schedules.ts'
import type { ScheduleEdit, ScheduleRequest } from '../../shared/schedules/schedule.ts'
import { openSqliteBackend } from '../../shared/sqlite/backend.ts'
import { changesOf, matcherOf, matching, minutesBetween } from '../calendar/reference-calendar.ts'
import { alice, createTestEntropy } from '../helpers/engine.ts'

const NAME = 'tick'
const SECOND = 1_000
const HOUR = 3_600 * SECOND
const DAY = 24 * HOUR
/** Somebody looks at least so often: nothing is missed. */
const LONGEST_GAP = 119

/** A schedule on a clock that is set by hand. */
async function withSchedule(request: Partial<ScheduleRequest>, start: Instant, lookaheadMs: number) {
  let now = start
  const clock = { now: () => now, after: () => () => {} }
  const backend = openSqliteBackend({
    folder: ':memory:',
    names: [NAME],
    failed(error) {
      throw error
    },
  })
  const schedules = createSchedules({
    ...{ backend, clock, entropy: createTestEntropy(clock), emit: () => {}, timers: undefined, lookaheadMs },
    registry: createRegistry([defineTask({ name: NAME, run: () => 1 })]),
    isDisabled: owner => isDisabled(backend.records, owner),
  })
  const { schedule } = await schedules.create(alice, { name: 'one', task: { name: NAME }, ...request })
  return {
    edit: (changes: ScheduleEdit) => schedules.edit(alice, schedule.id, changes),
    /** Looks after each of some pauses. */
    async look(gaps: readonly number[]): Promise<Instant> {
      for (const gap of gaps) {
        now += gap * SECOND
        await schedules.fireDue(() => true)
      }
      return now
    },
    /** The occurrences that have become tasks. */
    async times(): Promise<readonly Instant[]> {
      const { rows } = await backend.tasks.list({ limit: 10_000, now })
      backend.close()
      expect(rows.every(({ runAt, scheduledFor = 0 }) => runAt >= scheduledFor)).toBe(true)
      return rows.map(({ scheduledFor = 0 }) => scheduledFor).toSorted((one, other) => one - other)
    },
  }
}

const gaps = fc.array(fc.integer({ min: 1, max: LONGEST_GAP }), { minLength: 1, maxLength: 150 })

describe('P12 H71 looks at any times, of which none is two minutes after the one before, make each occurrence once', () => {
  test('of a steady pace', async () => {
    const start = Date.UTC(2031, 4, 17, 10)
    const rule = fc.record({
      seconds: fc.oneof(fc.integer({ min: 2, max: 600 }), fc.constantFrom(1, 60, 3_600)),
      startsIn: fc.option(fc.integer({ min: -600, max: 1_200 })),
      lasts: fc.option(fc.integer({ min: 0, max: 6_000 })),
    })
    await fc.assert(
      fc.asyncProperty(rule, gaps, async ({ seconds, startsIn, lasts }, gaps) => {
        const bounds = {
          ...(startsIn !== null && { startAt: start + startsIn * SECOND }),
          ...(lasts !== null && { endAt: start + (Math.max(startsIn ?? 0, 0) + seconds + lasts) * SECOND }),
        }
        const schedule = await withSchedule({ everyMs: seconds * SECOND, ...bounds }, start, 0)
        const end = await schedule.look(gaps)
        const expected: Instant[] = []
        const first = startsIn === null ? start + seconds * SECOND : start + startsIn * SECOND
        for (let time = first; time <= Math.min(end, bounds.endAt ?? end); time += seconds * SECOND)
          if (time > start || time === bounds.startAt) expected.push(time)
        expect(await schedule.times()).toEqual(expected.filter(time => time > start))
      }),
      { numRuns: 60 },
    )
  })

  const zones = ['UTC', 'Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'America/St_Johns', 'Asia/Kolkata']
  const field = (max: number) =>
    fc.oneof(
      fc.constant('*'),
      fc.integer({ min: 2, max: 20 }).map(step => `*/${Math.min(step, max)}`),
      fc.uniqueArray(fc.integer({ min: 0, max }), { minLength: 1, maxLength: 4 }).map(values => values.join(',')),
    )

  test('H75 of a wall clock, on days when it is changed and on others', async () => {
    const days = zones.flatMap(zone => {
      const changes = changesOf(zone, Date.UTC(2031, 0, 1), Date.UTC(2032, 0, 1)).map(at => at - 2 * HOUR)
      return [...changes, Date.UTC(2031, 4, 17, 10)].map(start => ({ zone, start }))
    })
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...days),
        field(59),
        field(23),
        gaps,
        fc.constantFrom(0, 60_000),
        async ({ zone, start }, minute, hour, gaps, lookaheadMs) => {
          const expression = `${minute} ${hour} * * *`
          const schedule = await withSchedule({ cron: expression, timeZone: zone }, start, lookaheadMs)
          const end = await schedule.look(gaps)
          const last = Math.ceil(end / HOUR) * HOUR + HOUR
          const expected = matching(minutesBetween(zone, start, last), matcherOf(expression))
          expect(await schedule.times()).toEqual(expected.filter(time => time > start && time <= end + lookaheadMs))
        },
      ),
      { numRuns: 60 },
    )
  }, 60_000)

  test('H72 also when somebody edits what does not say when', async () => {
    const start = Date.UTC(2031, 4, 17, 10)
    await fc.assert(
      fc.asyncProperty(fc.array(gaps, { minLength: 2, maxLength: 6 }), async portions => {
        const schedule = await withSchedule({ everyMs: 20 * SECOND }, start, 0)
        let end = start
        for (const [index, gaps] of portions.entries()) {
          end = await schedule.look(gaps.slice(0, 20))
          await schedule.edit({ description: `edit ${index}` })
        }
        const count = Math.floor((end - start) / (20 * SECOND))
        const expected = Array.from({ length: count }, (_, index) => start + (index + 1) * 20 * SECOND)
        expect(await schedule.times()).toEqual(expected)
      }),
      { numRuns: 30 },
    )
  })
})

describe('H78 a schedule that nobody has looked at for long', () => {
  test('makes up for as many of the latest as it says, and a line counts the others', async () => {
    const start = Date.UTC(2031, 4, 17, 10)
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 100 }),
        fc.integer({ min: 1, max: 300 }),
        fc.integer({ min: 120, max: 2 * (DAY / SECOND) }),
        async (catchUp, seconds, gap) => {
          const schedule = await withSchedule({ everyMs: seconds * SECOND, catchUp }, start, 0)
          await schedule.look([gap])
          const due = Array.from(
            { length: Math.floor(gap / seconds) },
            (_, index) => start + (index + 1) * seconds * SECOND,
          )
          const oldest = due[0] ?? start
          const isMissed = oldest <= start + gap * SECOND - 120 * SECOND
          expect(await schedule.times()).toEqual(isMissed ? due.slice(-catchUp) : due)
        },
      ),
      { numRuns: 60 },
    )
  })
})
