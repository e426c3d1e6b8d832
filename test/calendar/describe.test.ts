import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readCron } from '../../shared/calendar/cron.ts'
import { describeRule } from '../../shared/calendar/describe.ts'
import type { Rule } from '../../shared/calendar/rule.ts'
import { arbitraryCron } from './arbitrary-cron.ts'
import { readDescription } from './read-description.ts'

const at = Date.UTC(2026, 11, 1, 9)

/** Any step, beside the forms of which something is easily said that is not so. */
const arbitrarySteps = fc
  .tuple(
    stepOr(59, '0', '*', '1,1,1', '0,30', '5,35', '10-40/10'),
    stepOr(23, '*', '5-5', '3,4', '9-17', '1-23/2', '0-11,13-23'),
    stepOr(11, '*', '2-12/2', '*/2,*/3,*/5', 'JAN-MAR', '12'),
    fc.oneof(
      stepOr(30, '*', '1,15', '2-30/2', '1-7', 'L').map(day => [day, '*'] as const),
      stepOr(6, 'SUN,7', 'FRI-SUN', 'SUN-THU', 'MON-WED,FRI', '5L', '2#3').map(day => ['*', day] as const),
    ),
  )
  .map(([minute, hour, month, [dayOfMonth, dayOfWeek]]) => [minute, hour, dayOfMonth, month, dayOfWeek].join(' '))

function stepOr(most: number, ...others: readonly string[]): fc.Arbitrary<string> {
  return fc.oneof(
    fc.integer({ min: 1, max: most }).map(step => `*/${step}`),
    fc.constantFrom(...others),
  )
}

describe('B-03 a rule in plain English', () => {
  test.each<[Rule, string]>([
    [{ kind: 'at', at }, 'Once, at 2026-12-01T09:00:00Z'],
    [{ kind: 'at', at: at + 250 }, 'Once, at 2026-12-01T09:00:00.250Z'],
    [{ kind: 'after', afterMs: 600_000, at }, 'Once, 10 minutes after it was set, at 2026-12-01T09:00:00Z'],
    [{ kind: 'after', afterMs: 0, at }, 'Once, 0 seconds after it was set, at 2026-12-01T09:00:00Z'],
    [{ kind: 'after', afterMs: 1_500, at }, 'Once, 1.5 seconds after it was set, at 2026-12-01T09:00:00Z'],
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
    ['0 12 * FEB *', 'At 12:00 every day, only in February'],
    ['30 4 29 2 *', 'At 04:30, on day 29 of the month, only in February'],
    // A step begins anew with each hour, day, month and year.
    ['*/7 * * * *', 'At 0, 7, 14, 21, 28, 35, 42, 49 and 56 minutes past the hour'],
    ['*/8 * * * *', 'At 0, 8, 16, 24, 32, 40, 48 and 56 minutes past the hour'],
    ['*/25 * * * *', 'At 0, 25 and 50 minutes past the hour'],
    ['*/31 * * * *', 'At 0 and 31 minutes past the hour'],
    ['*/45 * * * *', 'At 0 and 45 minutes past the hour'],
    ['*/59 * * * *', 'At 0 and 59 minutes past the hour'],
    ['*/30 * * * *', 'Every 30 minutes'],
    ['0 */5 * * *', 'At 00:00, 05:00, 10:00, 15:00 and 20:00 every day'],
    ['0 */7 * * *', 'At 00:00, 07:00, 14:00 and 21:00 every day'],
    ['0 */13 * * *', 'At 00:00 and 13:00 every day'],
    ['0 */23 * * *', 'At 00:00 and 23:00 every day'],
    ['0 */12 * * *', 'At 00:00 and 12:00 every day'],
    ['0 */6 * * *', 'Every 6 hours'],
    ['0 0 * * */3', 'At 00:00, only on Wednesday, Saturday and Sunday'],
    ['0 0 * * */2', 'At 00:00, only on Tuesday, Thursday, Saturday and Sunday'],
    ['0 0 */16 * *', 'At 00:00, on days 1 and 17 of the month'],
    ['0 0 */30 * *', 'At 00:00, on days 1 and 31 of the month'],
    ['0 0 */2 * *', 'At 00:00, every 2 days from day 1 through 31 of the month'],
    ['0 0 * */6 *', 'At 00:00 every day, only in January and July'],
    ['0 0 * */2 *', 'At 00:00 every day, only in January, March, May, July, September and November'],
    ['0 0 * */5 *', 'At 00:00 every day, only in January, June and November'],
    ['0 0 * 2-12/2 *', 'At 00:00 every day, only in February, April, June, August, October and December'],
    ['0 0 1 */5 *', 'At 00:00, on day 1 of the month, only in January, June and November'],
    ['0 0 * 1-3 *', 'At 00:00 every day, January through March'],
    ['0 5-5 * * *', 'At 05:00 every day'],
    ['*/10 3,4 * * *', 'Every 10 minutes, between 03:00 and 04:59'],
    ['*/10 3,7 * * *', 'Every 10 minutes, in the hours 3 and 7'],
    ['*/10 */2 * * *', 'Every 10 minutes, in the hours 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20 and 22'],
    ['*/7 */5 * * *', 'At 0, 7, 14, 21, 28, 35, 42, 49 and 56 minutes past the hour, in the hours 0, 5, 10, 15 and 20'],
    ['0,30 9,17 * * *', 'Every 30 minutes, in the hours 9 and 17'],
    ['5,35 9,17 * * *', 'At 09:05, 09:35, 17:05 and 17:35 every day'],
    ['5,35 9-17 * * *', 'At 5 and 35 minutes past the hour, between 09:00 and 17:59'],
    ['1,1,1 * * * *', 'At 1 minute past the hour'],
    ['0 0 * * SUN,7', 'At 00:00, only on Sunday'],
    ['0 0 * * 0-6', 'At 00:00 every day'],
    ['0-5 * * * *', 'Minutes 0 through 5 past the hour'],
    ['0-5,10,20 * * * *', 'At 0 through 5, 10 and 20 minutes past the hour'],
    ['1-59/2 * * * *', 'Every 2 minutes from minute 1 through 59 of the hour'],
    ['*/5 9 * * *', 'Every 5 minutes, between 09:00 and 09:59'],
    ['* 9-17 * * *', 'Every minute, between 09:00 and 17:59'],
    ['0 8-18/2 * * *', 'Every 2 hours, between 08:00 and 18:00'],
    ['30 */2 * * *', 'Every 2 hours, between 00:30 and 22:30'],
    ['30 9-17 * * *', 'Every hour, between 09:30 and 17:30'],
    ['30 */6 * * *', 'At 00:30, 06:30, 12:30 and 18:30 every day'],
    ['0 0 1-7,15 * *', 'At 00:00, on days 1 through 7 and 15 of the month'],
    ['0 0 * * FRI-SUN', 'At 00:00, Friday through Sunday'],
    ['0 0 * * SUN-THU', 'At 00:00, Sunday through Thursday'],
    ['0 0 * * SAT,SUN', 'At 00:00, only on Saturday and Sunday'],
    ['0 0 * * 1-3,5', 'At 00:00, only on Monday through Wednesday and Friday'],
    ['0 0 * * FRI#5', 'At 00:00, on the fifth Friday of the month'],
  ])('%s', (expression, text) => {
    expect(describeRule({ kind: 'cron', expression, timeZone: 'Europe/Berlin' })).toBe(`${text}, Europe/Berlin`)
  })

  test('a reader of the words finds the values that the expression names', () => {
    fc.assert(
      fc.property(fc.oneof(arbitraryCron, arbitrarySteps), expression => {
        expect(readDescription(wordsOf(expression))).toEqual(readCron(expression))
      }),
      { numRuns: 5_000 },
    )
  })

  test('the same times have the same words, however they are written, and other times have others', () => {
    const words = new Map<string, string>()
    fc.assert(
      fc.property(fc.oneof(arbitraryCron, arbitrarySteps), expression => {
        const [meaning, text] = [JSON.stringify(readCron(expression)), wordsOf(expression)]
        expect([words.get(text) ?? meaning, words.get(meaning) ?? text]).toEqual([meaning, text])
        words.set(text, meaning).set(meaning, text)
      }),
      { numRuns: 5_000 },
    )
    expect(words.size).toBeGreaterThan(5_000)
  })
})

/** Without the zone. */
function wordsOf(expression: string): string {
  return describeRule({ kind: 'cron', expression, timeZone: 'UTC' }).replace(/, UTC$/, '')
}
