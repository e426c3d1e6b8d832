import { describe, expect, test } from 'vitest'
import * as z from 'zod'
import { defineTask } from '../../shared/core/definition.ts'
import { defineSchedule, isScheduleDefinition } from '../../shared/core/schedule-definition.ts'

const report = defineTask({ name: 'report', input: z.object({ days: z.number() }), run: () => 1 })

describe('defineSchedule', () => {
  test('S2-49 names the task, takes its input, and is called as the task unless told otherwise', () => {
    const schedule = defineSchedule(report, { days: 7 }, { cron: '0 3 * * *', timeZone: 'Europe/Berlin' })
    expect(schedule).toMatchObject({
      name: 'report',
      task: { name: 'report', payload: { days: 7 } },
      cron: '0 3 * * *',
      timeZone: 'Europe/Berlin',
    })
    expect(defineSchedule(report, { days: 1 }, { name: 'daily', every: '1d' })).toMatchObject({
      name: 'daily',
      everyMs: 86_400_000,
    })
  })

  test('reads lengths of time and times, and leaves out what is not given', () => {
    const schedule = defineSchedule(
      report,
      { days: 7 },
      {
        at: '2031-05-17T10:00:00Z',
        endAt: new Date('2031-06-17T10:00:00Z'),
        jitter: '30s',
        timeout: '5m',
        expiresIn: 'PT1H',
        priority: 1,
      },
    )
    expect(schedule).toMatchObject({
      at: Date.parse('2031-05-17T10:00:00Z'),
      endAt: Date.parse('2031-06-17T10:00:00Z'),
      jitterMs: 30_000,
    })
    expect(schedule.task).toEqual({
      name: 'report',
      payload: { days: 7 },
      priority: 1,
      timeoutMs: 300_000,
      expiresInMs: 3_600_000,
    })
    expect(Object.keys(schedule)).not.toContain('startAt')
  })

  test.each([
    ['a time', { at: 'tomorrow' }, 'at: "tomorrow" is no time: write it as 2026-12-24T18:00:00Z'],
    ['an end', { every: '1h', endAt: '' }, 'endAt: "" is no time'],
    ['a length of time', { every: 'often' }, '"often" is no duration'],
  ] as const)('refuses %s that is none', (_, declaration, message) => {
    expect(() => defineSchedule(report, { days: 1 }, declaration)).toThrow(message)
  })

  test('the input is checked by the compiler', () => {
    // @ts-expect-error days is a number
    defineSchedule(report, { days: 'seven' }, { every: '1h' })
    // @ts-expect-error there is no such option
    defineSchedule(report, { days: 7 }, { hourly: true })
  })

  test('is told from a task and from anything else', () => {
    expect(isScheduleDefinition(defineSchedule(report, { days: 1 }, { every: '1h' }))).toBe(true)
    for (const other of [report, undefined, null, 5, 'x', [], {}]) expect(isScheduleDefinition(other)).toBe(false)
  })
})
