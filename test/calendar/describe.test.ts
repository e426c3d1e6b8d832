import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { describeRule } from '../../shared/calendar/describe.ts'
import type { Rule } from '../../shared/calendar/rule.ts'
import { arbitraryCron } from './arbitrary-cron.ts'

const at = Date.UTC(2026, 11, 1, 9)

describe('B-03 a rule in plain English', () => {
  test.each<[Rule, string]>([
    [{ kind: 'at', at }, 'Once, at 2026-12-01T09:00:00Z'],
    [{ kind: 'at', at: at + 250 }, 'Once, at 2026-12-01T09:00:00.250Z'],
    [{ kind: 'after', afterMs: 600_000, at }, 'Once, 10 minutes after it was created, at 2026-12-01T09:00:00Z'],
    [{ kind: 'after', afterMs: 0, at }, 'Once, 0 seconds after it was created, at 2026-12-01T09:00:00Z'],
    [{ kind: 'after', afterMs: 1_500, at }, 'Once, 1.5 seconds after it was created, at 2026-12-01T09:00:00Z'],
    [{ kind: 'every', everyMs: 1_000, anchor: at }, 'Every second'],
    [{ kind: 'every', everyMs: 90_000, anchor: at }, 'Every 90 seconds'],
    [{ kind: 'every', everyMs: 60_000, anchor: at }, 'Every minute'],
    [{ kind: 'every', everyMs: 5_400_000, anchor: at }, 'Every 90 minutes'],
    [{ kind: 'every', everyMs: 7_200_000, anchor: at }, 'Every 2 hours'],
    [{ kind: 'every', everyMs: 86_400_000, anchor: at }, 'Every day'],
    [{ kind: 'every', everyMs: 1_209_600_000, anchor: at }, 'Every 14 days'],
  ])('%j', (rule, text) => {
    expect(describeRule(rule)).toBe(text)
  })

  test.each([
    ['0 3 * * *', 'At 03:00 every day'],
    ['0 3,15 * * *', 'At 03:00 and 15:00 every day'],
    ['* * * * *', 'Every minute'],
    ['*/5 * * * *', 'Every 5 minutes'],
    ['0 * * * *', 'Every hour'],
    ['0 9 * * MON-FRI', 'At 09:00, Monday through Friday'],
    ['0 9-17 * * 1-5', 'Every hour, between 09:00 and 17:00, Monday through Friday'],
    ['0 3 1-31 * MON', 'At 03:00, only on Monday'],
    ['0 0 L * *', 'At 00:00, on the last day of the month'],
    ['0 0 * * FRIL', 'At 00:00, on the last Friday of the month'],
    ['0 0 * * FRI#2', 'At 00:00, on the second Friday of the month'],
    ['0 0 * * 7', 'At 00:00, only on Sunday'],
    ['0 12 * FEB *', 'At 12:00, only in February'],
    ['30 4 29 2 *', 'At 04:30, on day 29 of the month, only in February'],
  ])('%s', (expression, text) => {
    expect(describeRule({ kind: 'cron', expression, timeZone: 'Europe/Berlin' })).toBe(`${text}, Europe/Berlin`)
  })

  test('there are words for every expression that is accepted', () => {
    fc.assert(
      fc.property(arbitraryCron, expression => {
        const text = describeRule({ kind: 'cron', expression, timeZone: 'UTC' })
        expect(text).toMatch(/^[A-Z0-9].*, UTC$/)
        expect(text).not.toMatch(/undefined|null|NaN/)
      }),
      { numRuns: 500 },
    )
  })
})
