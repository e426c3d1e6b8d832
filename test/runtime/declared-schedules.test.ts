import { describe, expect, test } from 'vitest'
import * as z from 'zod'
import { createRegistry, defineTask } from '../../shared/core/definition.ts'
import { defineSchedule, type ScheduleDeclaration } from '../../shared/core/schedule-definition.ts'
import { type DeclaredIn, declaredSchedules } from '../../shared/runtime/declared-schedules.ts'
import { TasksRefused } from '../../shared/worker/registry-of.ts'
import { at } from '../helpers/clock.ts'

const NOW = at('10:00:00')
const report = defineTask({ name: 'report', input: z.object({ days: z.number() }), run: () => 1 })
const any = defineTask({ name: 'any', run: (input: unknown) => input })
const registry = createRegistry([report, any])
const from = 'tasks/index.ts'
const read = (exported: Record<string, unknown>, more: Partial<DeclaredIn> = {}) =>
  declaredSchedules(exported, { from, registry, now: NOW, ...more })
/** As code writes it that no compiler has seen. */
const daily = (declaration: object = { every: '1d' }) =>
  defineSchedule(report, { days: 1 }, declaration as ScheduleDeclaration)

async function refusal(exported: Record<string, unknown>, more: Partial<DeclaredIn> = {}): Promise<string> {
  const error = await read(exported, more).catch(thrown => thrown)
  expect(error).toBeInstanceOf(TasksRefused)
  return error.message
}

describe('schedules that the module of the tasks exports', () => {
  test('are found by name and in lists, each once', async () => {
    const nightly = daily({ name: 'nightly', cron: '0 3 * * *' })
    const exported = { report, nightly, schedules: [nightly, daily()], default: [report], other: 5 }
    expect((await read(exported)).map(({ name }) => name)).toEqual(['nightly', 'report'])
    expect(await read({ default: [report] })).toEqual([])
  })

  test('S2-49 are read as a request is', async () => {
    const declaration: ScheduleDeclaration = {
      every: 'PT90S',
      startAt: '2031-05-17T12:00:00+02:00',
      endAt: new Date('2031-06-17T10:00:00Z'),
      jitter: '30s',
      overlap: 'skip',
      catchUp: 100,
      description: 'of the schedule',
      tags: { of: 'schedule' },
      task: { timeout: '5m', expiresIn: 3_600_000, maxAttempts: 7, backoff: 'fixed', title: 't', tags: { of: 'task' } },
    }
    expect(await read({ schedule: daily(declaration) })).toEqual([
      {
        name: 'report',
        everyMs: 90_000,
        startAt: Date.parse('2031-05-17T10:00:00Z'),
        endAt: Date.parse('2031-06-17T10:00:00Z'),
        jitterMs: 30_000,
        overlap: 'skip',
        catchUp: 100,
        description: 'of the schedule',
        tags: { of: 'schedule' },
        task: {
          name: 'report',
          payload: { days: 1 },
          timeoutMs: 300_000,
          expiresInMs: 3_600_000,
          maxAttempts: 7,
          backoff: 'fixed',
          title: 't',
          tags: { of: 'task' },
        },
      },
    ])
  })

  test('a priority by its name becomes a number, as in a request', async () => {
    const [schedule] = await read({ schedule: daily({ every: '1d', task: { priority: 'high' } }) })
    expect(schedule?.task.priority).toBe(1)
  })

  test('two of one name are refused', async () => {
    expect(await refusal({ list: [daily(), daily({ every: '1h' })] })).toContain('two schedules named "report"')
  })

  const twenty = Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`k${index}`, 'v']))
  const task = (details: object) => ({ every: '1h', task: details })
  const hourly = (fields: object) => ({ every: '1h', ...fields })
  test.each<[object, string]>([
    // Rules.
    [{}, 'nothing says when: write one of'],
    [{ cron: '61 * * * *' }, 'cron: '],
    [{ cron: '0 3 * * *', timeZone: 'Europe/Berlim' }, 'Europe/Berlin'],
    [{ every: '500ms' }, 'every: must be whole seconds'],
    [{ every: 'often' }, 'every: is no length of time'],
    [{ every: '1h', cron: '0 3 * * *' }, 'every'],
    [{ every: '1h', timeZone: 'Europe/Berlin' }, 'timeZone: goes with "cron" only'],
    [{ every: '1h', after: '1h' }, 'after: unknown field "after"'],
    [{ after: '1h' }, 'after: unknown field "after"'],
    // Times: what no calendar has, and what depends on where the server runs.
    [{ at: '2031-02-30T00:00:00Z' }, 'at: is no RFC 3339 time'],
    [{ at: '2031-03-01T09:00:00' }, 'at: is no RFC 3339 time'],
    [{ at: '2031-03-01' }, 'at: is no RFC 3339 time'],
    [{ at: 'March 7, 2031' }, 'at: is no RFC 3339 time'],
    [{ at: '' }, 'at: is no RFC 3339 time'],
    [{ at: new Date('tomorrow') }, 'at: is no RFC 3339 time'],
    [{ at: Date.UTC(2031, 5) }, 'at: Invalid input: expected string, received number'],
    [{ at: '2131-05-17T10:00:00Z' }, 'at: must be within ten years'],
    [hourly({ startAt: '2031-02-30T00:00:00Z' }), 'startAt: is no RFC 3339 time'],
    [hourly({ startAt: '2131-05-17T10:00:00Z' }), 'startAt: must be within ten years'],
    [hourly({ endAt: '2031-03-01T09:00:00' }), 'endAt: is no RFC 3339 time'],
    [hourly({ startAt: '2031-05-18T00:00:00Z', endAt: '2031-05-17T00:00:00Z' }), 'endAt: must be later than'],
    [hourly({ startAt: '2029-05-18T00:00:00Z', endAt: '2029-05-17T00:00:00Z' }), 'endAt: must be later than'],
    [
      { cron: '@yearly', startAt: '2029-05-17T00:00:00Z', endAt: '2029-05-18T00:00:00Z' },
      'endAt: no occurrence is between startAt and it',
    ],
    [{ at: '2031-05-18T00:00:00Z', endAt: '2031-05-19T00:00:00Z' }, 'endAt: is for rules that repeat'],
    // What is about the schedule.
    [hourly({ name: '' }), 'name: '],
    [hourly({ name: '  ' }), 'name: has a control character, or nothing but space'],
    [hourly({ name: 'a\u0000b' }), 'name: has a control character'],
    [hourly({ name: 'x'.repeat(200) }), 'name: '],
    [hourly({ name: 5 }), 'name: Invalid input: expected string'],
    [hourly({ jitter: '2d' }), 'jitter: is longer than 1 day: write at most "1d"'],
    [hourly({ catchUp: 1_000 }), 'catchUp: '],
    [hourly({ catchUp: 0 }), 'catchUp: '],
    [hourly({ catchUp: 'all' }), 'catchUp: '],
    [hourly({ overlap: 'never' }), 'overlap: '],
    [hourly({ description: 'x'.repeat(50_000) }), 'description: '],
    [hourly({ tags: twenty }), 'tags: has more than 10 entries'],
    [hourly({ paused: true }), 'paused: unknown field'],
    [hourly({ overlaps: 'skip' }), 'overlaps: unknown field "overlaps"; did you mean "overlap"?'],
    [hourly({ priority: 1 }), 'priority: unknown field "priority"'],
    // What is about the task.
    [task({ maxAttempts: 0 }), 'task.maxAttempts: '],
    [task({ expiresIn: 0 }), 'task.expiresIn: is shorter than 1 ms'],
    [task({ priority: 9 }), 'task.priority: is a whole number from 1 (most urgent) to 5'],
    [task({ priority: -1 }), 'task.priority: is a whole number'],
    [task({ priority: 1.5 }), 'task.priority: is a whole number'],
    [task({ priority: 'highest' }), 'task.priority: is a number from 1 (most urgent) to 5, or "high" or "low"'],
    [task({ timeout: '400d' }), 'task.timeout: is longer than 1 day: write at most "1d"'],
    [task({ backoff: { kind: 'nope' } }), 'task.backoff'],
    [task({ title: 'x'.repeat(5_000) }), 'task.title: '],
    [task({ description: 'x'.repeat(50_000) }), 'task.description: '],
    [task({ tags: twenty }), 'task.tags: has more than 10 entries'],
    [task({ tags: { a: 1 } }), 'task.tags.a: is a string'],
    [task({ pirority: 1 }), 'task.pirority: unknown field "pirority"; did you mean "priority"?'],
    [task({ delay: '5m' }), 'task.delay: unknown field'],
    [task({ maxAttempts: 0, priority: 9 }), '(and 1 more)'],
  ])('S2-49 is refused with its name and the field: %j', async (declaration, what) => {
    const message = await refusal({ schedule: daily(declaration) })
    const { name = 'report' } = declaration as { name?: unknown }
    expect(message).toMatch(/^tasks\/index.ts: schedule ".*" is refused: /)
    expect(message).toContain(`schedule ${JSON.stringify(String(name).slice(0, 100))} is refused`)
    expect(message).toContain(what)
    // One line, whatever the name is.
    expect(message).not.toMatch(/\p{Cc}/u)
  })

  test('an input that its task refuses, and a task that is not there', async () => {
    const wrong = defineSchedule(report, { days: 'x' as unknown as number }, { every: '1h' })
    expect(await refusal({ wrong })).toContain('schedule "report" is refused: task.payload.days: ')
    const other = defineTask({ name: 'other', run: () => 1 })
    expect(await refusal({ other: defineSchedule(other, 1, { every: '1h' }) })).toContain(
      'task.name: no handler is registered',
    )
  })

  test('an input that is too long, or that JSON cannot write', async () => {
    const long = defineSchedule(any, 'x'.repeat(40_000), { every: '1h' })
    expect(await refusal({ long })).toContain('task.payload: is 40002 bytes of JSON and may be 32768')
    const circle: unknown[] = []
    circle.push(circle)
    for (const input of [1n, circle])
      expect(await refusal({ wrong: defineSchedule(any, input, { every: '1h' }) })).toContain(
        'task.payload: cannot be written as JSON',
      )
  })

  test('an input is checked as the handler will get it, after JSON', async () => {
    const dated = defineTask({ name: 'dated', input: z.object({ day: z.date() }), run: () => 1 })
    const schedule = defineSchedule(dated, { day: new Date(0) }, { every: '1h' })
    expect(await refusal({ schedule }, { registry: createRegistry([dated]) })).toContain('task.payload.day: ')
  })

  test('H99 an attempt that takes longer than where it is to run', async () => {
    const long = { schedule: daily(task({ timeout: '20m' })) }
    expect(await read(long)).toHaveLength(1)
    expect(await refusal(long, { maxTimeoutMs: 14 * 60_000 })).toContain('task.timeout: must be at most 14m here')
  })

  test.each<[string, object]>([
    ['one that fires once', { at: new Date(at('08:00:00')) }],
    ['an end that is past', { cron: '0 3 * * *', endAt: new Date(at('08:00:00')) }],
    ['an end before the next occurrence', { cron: '5 18 22 11 *', endAt: new Date(at('10:30:00')) }],
    ['an end before the first occurrence', { every: '1h', endAt: new Date(at('10:30:00')) }],
    [
      'a start and an end that are past',
      { every: '1h', startAt: new Date(at('07:00:00')), endAt: new Date(at('08:00:00')) },
    ],
  ])('what was right in its time is no mistake when it is over: %s', async (_, declaration) => {
    expect(await read({ over: daily(declaration) })).toHaveLength(1)
  })
})
