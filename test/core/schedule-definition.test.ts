import { describe, expect, test } from 'vitest'
import * as z from 'zod'
import { defineTask } from '../../shared/core/definition.ts'
import { defineSchedule, isScheduleDefinition } from '../../shared/core/schedule-definition.ts'

const report = defineTask({ name: 'report', input: z.object({ days: z.number() }), run: () => 1 })

describe('defineSchedule', () => {
  test('S2-49 names the task, takes its input, and is called as the task unless told otherwise', () => {
    const cron = { cron: '0 3 * * *', timeZone: 'Europe/Berlin' }
    expect(defineSchedule(report, { days: 7 }, cron)).toMatchObject({
      name: 'report',
      request: { name: 'report', task: { name: 'report', payload: { days: 7 } }, ...cron },
    })
    expect(defineSchedule(report, { days: 1 }, { name: 'daily', every: '1d' })).toMatchObject({
      name: 'daily',
      request: { name: 'daily', every: '1d' },
    })
  })

  test('S2-49 what is about the task goes with the task, and what is about the schedule stays beside it', () => {
    const task = { priority: 1, title: 'a title', description: 'of the task', tags: { of: 'task' } } as const
    const schedule = { every: '1h', description: 'of the schedule', tags: { of: 'schedule' } }
    expect(defineSchedule(report, { days: 7 }, { ...schedule, task }).request).toEqual({
      name: 'report',
      ...schedule,
      task: { ...task, name: 'report', payload: { days: 7 } },
    })
  })

  test('S2-49 the input is checked by the compiler, and that there is one rule', () => {
    const calls = () => {
      defineSchedule(report, { days: 7 }, { every: '1h' })
      defineSchedule(report, { days: 7 }, { cron: '@daily', timeZone: 'Europe/Berlin', task: { priority: 1 } })
      defineSchedule(report, { days: 7 }, { at: new Date(0) })
      // @ts-expect-error days is a number
      defineSchedule(report, { days: 'seven' }, { every: '1h' })
      // @ts-expect-error there is no such option
      defineSchedule(report, { days: 7 }, { every: '1h', hourly: true })
      // @ts-expect-error a rule is needed
      defineSchedule(report, { days: 7 }, {})
      // @ts-expect-error one rule, not two
      defineSchedule(report, { days: 7 }, { every: '1h', cron: '@daily' })
      // @ts-expect-error a time zone is for cron
      defineSchedule(report, { days: 7 }, { every: '1h', timeZone: 'Europe/Berlin' })
      // @ts-expect-error a declaration has no time from which to count
      defineSchedule(report, { days: 7 }, { after: '1h' })
      // @ts-expect-error a time is a Date or a text
      defineSchedule(report, { days: 7 }, { at: 0 })
      // @ts-expect-error what is about the task is in "task"
      defineSchedule(report, { days: 7 }, { every: '1h', priority: 1 })
      // @ts-expect-error priorities have numbers
      defineSchedule(report, { days: 7 }, { every: '1h', task: { priority: 'high' } })
    }
    expect(calls).toBeTypeOf('function')
  })

  test('is told from a task and from anything else', () => {
    expect(isScheduleDefinition(defineSchedule(report, { days: 1 }, { every: '1h' }))).toBe(true)
    for (const other of [report, undefined, null, 5, 'x', [], {}]) expect(isScheduleDefinition(other)).toBe(false)
  })
})
