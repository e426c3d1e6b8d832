import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { scheduleExpression } from '../../shared/aws/schedule-expression.ts'
import { occurrencesBetween } from '../../shared/calendar/occurrences.ts'
import { type Rule, readRule } from '../../shared/calendar/rule.ts'
import { arbitraryCron } from './arbitrary-cron.ts'
import { matchesAfter, readEventBridgeCron } from './event-bridge-cron.ts'

const noon = Date.UTC(2026, 11, 1, 12)
const cron = (expression: string, timeZone = 'UTC'): Rule => readRule({ cron: expression, timeZone }, noon)

describe('B-03 cron as EventBridge Scheduler has it', () => {
  test.each([
    ['* * * * *', '* * * * ? *'],
    ['0 3 * * *', '0 3 * * ? *'],
    ['*/15 * * * *', '0/15 * * * ? *'],
    ['*/30 */12 * * *', '0/30 0/12 * * ? *'],
    ['5-59/20 * * * *', '5/20 * * * ? *'],
    ['10-30/10 * * * *', '10,20,30 * * * ? *'],
    ['10,50 * * * *', '10,50 * * * ? *'],
    ['1,2,3,7,9,10 * * * *', '1-3,7,9,10 * * * ? *'],
    ['0 9-17 * * MON-FRI', '0 9-17 ? * MON-FRI *'],
    ['0 9 * * 1,3,5', '0 9 ? * MON,WED,FRI *'],
    ['0 9 * * FRI-SUN', '0 9 ? * SUN,FRI,SAT *'],
    ['0 9 * * 7', '0 9 ? * SUN *'],
    ['0 9 * * */2', '0 9 ? * SUN,TUE,THU,SAT *'],
    ['0 0 */2 * *', '0 0 1/2 * ? *'],
    ['0 0 1,15 */3 *', '0 0 1,15 1/3 ? *'],
    ['0 0 1 JAN,JUN-AUG *', '0 0 1 1,6-8 ? *'],
    ['0 0 L * *', '0 0 L * ? *'],
    ['0 0 * * FRIL', '0 0 ? * 6L *'],
    ['0 0 * * 7L', '0 0 ? * 1L *'],
    ['0 0 * * MON#1', '0 0 ? * 2#1 *'],
    ['0 0 1-31 * 6', '0 0 ? * SAT *'],
    ['@weekly', '0 0 ? * SUN *'],
  ])('%s: cron(%s)', (text, fields) => {
    expect(scheduleExpression(cron(text, 'Europe/Berlin'))).toEqual({
      expression: `cron(${fields})`,
      timeZone: 'Europe/Berlin',
    })
  })

  test('read back by its own rules, it means the same minutes', { timeout: 60_000 }, () => {
    const from = fc.integer({ min: Date.UTC(2026, 0, 1), max: Date.UTC(2029, 0, 1) })
    fc.assert(
      fc.property(arbitraryCron, from, (text, after) => {
        const rule = cron(text)
        const translated = readEventBridgeCron(scheduleExpression(rule).expression)
        expect(matchesAfter(translated, after, 60)).toEqual(
          occurrencesBetween(rule, after, Number.POSITIVE_INFINITY, 60),
        )
      }),
      { numRuns: 1_000 },
    )
  })

  test('over all of four years, for expressions of every kind', () => {
    const [from, to] = [Date.UTC(2026, 0, 1), Date.UTC(2030, 0, 1)]
    for (const text of [
      '0 0 L * *',
      '30 12 * * FRIL',
      '0 6 * * 2#5',
      '15 3 29 2 *',
      '0 0 */7 * *',
      '0 0 31 * *',
      '5 4 * * 6-7',
    ]) {
      const translated = readEventBridgeCron(scheduleExpression(cron(text)).expression)
      const found = occurrencesBetween(cron(text), from, to, 10_000)
      expect(matchesAfter(translated, from, found.length)).toEqual(found)
      expect(found.length).toBeGreaterThan(0)
    }
  })

  test('it fits into 256 characters, whatever is listed', () => {
    const pairs = (max: number, min = 0) =>
      Array.from({ length: max - min + 1 }, (_, index) => min + index).filter(value => (value - min) % 3 < 2)
    const worst = `${pairs(59).join(',')} * ${pairs(31, 1).join(',')} * *`
    const inner = scheduleExpression(cron(worst)).expression.slice(0, -1)
    const hours = pairs(23).join(',')
    const months = pairs(12, 1).join(',')
    // A text of 200 characters cannot list all of them; even so they would fit.
    expect(inner.length + hours.length + months.length).toBeLessThanOrEqual(256)
    fc.assert(fc.property(arbitraryCron, text => scheduleExpression(cron(text)).expression.length <= 256))
  })
})

describe('B-03 a steady pace', () => {
  const every = (everyMs: number, anchor = noon): Rule => ({ kind: 'every', everyMs, anchor })

  test.each([
    [60_000, 'rate(1 minute)'],
    [300_000, 'rate(5 minutes)'],
    [3_600_000, 'rate(60 minutes)'],
    [365 * 86_400_000, 'rate(525600 minutes)'],
  ])('of %i ms is a rate that begins with its first occurrence', (everyMs, expression) => {
    expect(scheduleExpression(every(everyMs))).toEqual({ expression, timeZone: 'UTC', startAt: noon + everyMs })
  })

  test('begins with the next occurrence when it is told late, for a StartDate in the past is refused', () => {
    expect(scheduleExpression(every(300_000), noon + 86_400_000)).toMatchObject({ startAt: noon + 86_700_000 })
    expect(scheduleExpression(every(300_000), noon - 1)).toMatchObject({ startAt: noon + 300_000 })
  })

  test('begins at a whole minute, not before the occurrence', () => {
    expect(scheduleExpression(every(300_000, noon + 1))).toMatchObject({ startAt: noon + 360_000 })
  })

  test.each([1_000, 30_000, 90_000, 3_601_000])('of %i ms is fired each minute', everyMs => {
    expect(scheduleExpression(every(everyMs))).toEqual({ expression: 'rate(1 minute)', timeZone: 'UTC' })
  })
})

describe('B-03 once', () => {
  test.each<[Rule, string]>([
    [{ kind: 'at', at: noon }, 'at(2026-12-01T12:00:00)'],
    [{ kind: 'after', afterMs: 5, at: noon + 7_000 }, 'at(2026-12-01T12:00:07)'],
    [{ kind: 'at', at: noon + 1 }, 'at(2026-12-01T12:00:01)'],
  ])('%j: %s, never early', (rule, expression) => {
    expect(scheduleExpression(rule)).toEqual({ expression, timeZone: 'UTC' })
  })
})
