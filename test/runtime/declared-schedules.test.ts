import { describe, expect, test } from 'vitest'
import * as z from 'zod'
import { createRegistry, defineTask } from '../../shared/core/definition.ts'
import { defineSchedule, type ScheduleDeclaration } from '../../shared/core/schedule-definition.ts'
import { declaredSchedules } from '../../shared/runtime/declared-schedules.ts'
import { TasksRefused } from '../../shared/worker/registry-of.ts'
import { at } from '../helpers/clock.ts'

const report = defineTask({ name: 'report', input: z.object({ days: z.number() }), run: () => 1 })
const registry = createRegistry([report])
const read = (exported: Record<string, unknown>) =>
  declaredSchedules(exported, registry, 'tasks/index.ts', at('10:00:00'))
const daily = (declaration: ScheduleDeclaration = { every: '1d' }) => defineSchedule(report, { days: 1 }, declaration)

async function refusal(exported: Record<string, unknown>): Promise<string> {
  const error = await read(exported).catch(thrown => thrown)
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

  test('two of one name are refused', async () => {
    expect(await refusal({ list: [daily(), daily({ every: '1h' })] })).toContain('two schedules named "report"')
  })

  test.each<[string, ScheduleDeclaration, string]>([
    ['a rule', { cron: '61 * * * *' }, 'cron'],
    ['a time zone', { cron: '0 3 * * *', timeZone: 'Europe/Berlim' }, 'Europe/Berlin'],
    ['an interval', { every: '500ms' }, 'every'],
    ['no rule', {}, 'cron'],
    ['two rules', { every: '1h', cron: '0 3 * * *' }, 'every'],
    ['catch-up', { every: '1h', catchUp: 1_000 }, 'catchUp: write skip, one, or a number from 1 to 100'],
    ['overlap', { every: '1h', overlap: 'never' as 'skip' }, 'overlap: "never" is none of allow, skip'],
  ])('what is wrong with %s is told with the name of the schedule', async (_, declaration, what) => {
    const message = await refusal({ schedule: daily(declaration) })
    expect(message).toContain('tasks/index.ts: schedule "report" is refused')
    expect(message).toContain(what)
  })

  test('an input that its task refuses, and a task that is not there', async () => {
    const wrong = defineSchedule(report, { days: 'x' as unknown as number }, { every: '1h' })
    expect(await refusal({ wrong })).toContain('the payload does not fit task "report"')
    const other = defineTask({ name: 'other', run: () => 1 })
    expect(await refusal({ other: defineSchedule(other, 1, { every: '1h' }) })).toContain('no handler is registered')
  })

  test('one that fires once may be past: it has fired, or is made up for', async () => {
    expect(await read({ once: daily({ at: new Date(at('08:00:00')) }) })).toHaveLength(1)
  })
})
