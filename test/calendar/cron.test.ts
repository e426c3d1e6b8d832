import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Cron, readCron } from '../../shared/calendar/cron.ts'
import { readRule } from '../../shared/calendar/rule.ts'
import type { PulseError } from '../../shared/core/errors.ts'

const now = Date.UTC(2026, 11, 1, 9)

const range = (from: number, to: number, step = 1) =>
  Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, index) => from + index * step)

describe('B-03 a field means', () => {
  test.each<[string, Partial<Cron>]>([
    ['* * * * *', { minute: range(0, 59), hour: range(0, 23), dayOfMonth: range(1, 31), month: range(1, 12) }],
    ['5 * * * *', { minute: [5] }],
    ['05 09 * * *', { minute: [5], hour: [9] }],
    ['0,59 0,23 * * *', { minute: [0, 59], hour: [0, 23] }],
    ['30,10,10 * * * *', { minute: [10, 30] }],
    ['10-12 * * * *', { minute: [10, 11, 12] }],
    ['7-7 * * * *', { minute: [7] }],
    ['*/15 * * * *', { minute: [0, 15, 30, 45] }],
    ['*/1 * * * *', { minute: range(0, 59) }],
    ['*/59 * * * *', { minute: [0, 59] }],
    ['3-40/10 * * * *', { minute: [3, 13, 23, 33] }],
    ['1-3,20-40/20,55 * * * *', { minute: [1, 2, 3, 20, 40, 55] }],
    ['0 */7 * * *', { hour: [0, 7, 14, 21] }],
    ['0 22-23,0-2 * * *', { hour: [0, 1, 2, 22, 23] }],
    ['0 0 */10 * *', { dayOfMonth: [1, 11, 21, 31] }],
    ['0 0 1,15 * *', { dayOfMonth: [1, 15] }],
    ['0 0 L * *', { dayOfMonth: 'last' }],
    ['0 0 l * ?', { dayOfMonth: 'last' }],
    ['0 0 ? * *', { dayOfMonth: range(1, 31), dayOfWeek: range(0, 6) }],
    ['0 0 1 */4 *', { month: [1, 5, 9] }],
    ['0 0 1 jan,Dec,JUL-sep *', { month: [1, 7, 8, 9, 12] }],
    ['0 0 * * 0', { dayOfWeek: [0] }],
    ['0 0 * * 7', { dayOfWeek: [0] }],
    ['0 0 * * 0,7', { dayOfWeek: [0] }],
    ['0 0 * * Sun', { dayOfWeek: [0] }],
    ['0 0 * * MON-FRI', { dayOfWeek: [1, 2, 3, 4, 5] }],
    ['0 0 * * 5-7', { dayOfWeek: [0, 5, 6] }],
    ['0 0 * * fri-sun', { dayOfWeek: [0, 5, 6] }],
    ['0 0 * * 5-0', { dayOfWeek: [0, 5, 6] }],
    ['0 0 * * 7-2', { dayOfWeek: [0, 1, 2] }],
    ['0 0 * * 0-7', { dayOfWeek: range(0, 6) }],
    ['0 0 * * */2', { dayOfWeek: [0, 2, 4, 6] }],
    ['0 0 * * MON-FRI/2', { dayOfWeek: [1, 3, 5] }],
    ['0 0 * * FRI#2', { dayOfWeek: { day: 5, nth: 2 } }],
    ['0 0 * * 7#5', { dayOfWeek: { day: 0, nth: 5 } }],
    ['0 0 * * sunL', { dayOfWeek: { day: 0, nth: 'last' } }],
    ['0 0 ? * 5L', { dayOfWeek: { day: 5, nth: 'last' } }],
    ['0 0 1-31 * MON', { dayOfMonth: range(1, 31), dayOfWeek: [1] }],
    ['0 0 29 2 *', { dayOfMonth: [29], month: [2] }],
    ['0 0 30,31 2,4 *', { dayOfMonth: [30, 31], month: [2, 4] }],
    ['  0\t3  *   *  * ', { minute: [0], hour: [3] }],
    ['@hourly', { minute: [0], hour: range(0, 23) }],
    ['@daily', { minute: [0], hour: [0] }],
    ['@weekly', { hour: [0], dayOfWeek: [0] }],
    ['@monthly', { hour: [0], dayOfMonth: [1] }],
    [' @Yearly ', { hour: [0], dayOfMonth: [1], month: [1] }],
  ])('%s', (text, meant) => {
    expect(readCron(text)).toMatchObject(meant)
  })

  test.each([
    [' 0   3 ? * mon-fri ', '0 3 * * MON-FRI'],
    ['@daily', '0 0 * * *'],
    ['0 0 l * ?', '0 0 L * *'],
  ])('"%s" is kept as "%s"', (text, kept) => {
    expect(readRule({ cron: text }, now)).toEqual({ kind: 'cron', expression: kept, timeZone: 'UTC' })
  })
})

/** What is refused, what the message has to name, and the example that it gives. */
const refusals: [string, RegExp, string][] = [
  ['', /has 0 fields, five are needed \(minute hour day-of-month month day-of-week\)/, '0 3 * * *'],
  ['0 3 * *', /has 4 fields/, '0 3 * * *'],
  ['0 0 3 * * *', /has 6 fields.*no seconds and no years: leave them out.*"every"/, '0 3 * * *'],
  ['0 0 3 * * * 2027', /has 7 fields/, '0 3 * * *'],
  ['@reboot', /"@reboot" is none of @hourly, @daily, @weekly, @monthly, @yearly/, '@daily'],
  ['@montly', /"@montly" is none of/, '@monthly'],
  ['@', /is none of @hourly/, '@daily'],
  ['@constructor', /is none of @hourly/, '@daily'],
  ['* '.repeat(101), /has 202 characters, at most 200/, '*/15 8-17 * * MON-FRI'],
  ['0 3 * * mоn', /has the character "о"/, '0 3 * * *'],
  ['0 3 * * ſun', /has the character "ſ"/, '0 3 * * *'],
  ['0 3 * * *;', /has the character ";"/, '0 3 * * *'],
  ['60 * * * *', /minute "60" is none of 0–59/, '*/15 * * * *'],
  ['-1 * * * *', /minute "-1" is none of 0–59/, '*/15 * * * *'],
  ['5- * * * *', /minute "5-" is none of 0–59/, '*/15 * * * *'],
  ['007 * * * *', /minute "007"/, '*/15 * * * *'],
  ['a * * * *', /minute "A" is none of 0–59/, '*/15 * * * *'],
  ['1,,2 * * * *', /minute has an empty place in its list/, '*/15 * * * *'],
  ['50-10 * * * *', /minute "50-10" runs backwards: write two ranges/, '50-59,0-10 * * * *'],
  ['*-5 * * * *', /minute "\*-5" mixes \* with a range/, '* * * * *'],
  ['*/0 * * * *', /minute "\*\/0" needs a whole number after the slash/, '*/2 * * * *'],
  ['*/x * * * *', /minute "\*\/X" needs a whole number/, '*/2 * * * *'],
  ['*/60 * * * *', /minute "\*\/60" has a step that leaves the range 0-59 at once/, '0 * * * *'],
  ['5/15 * * * *', /minute "5\/15" has a step without a range/, '5-59/15 * * * *'],
  ['5/90 * * * *', /minute "5\/90" has a step without a range/, '5 * * * *'],
  ['? * * * *', /minute "\?": "\?" stands for "\*" in the two fields of days only/, '* * * * *'],
  ['L * * * *', /minute "L": "L" and "#" are for days only/, '0 3 L * *'],
  ['0 24 * * *', /hour "24" is none of 0–23/, '0 9-17 * * *'],
  ['0 22-2 * * *', /hour "22-2" runs backwards/, '0 22-23,0-2 * * *'],
  ['0 */24 * * *', /hour "\*\/24" has a step/, '0 0 * * *'],
  ['0 MON * * *', /hour "MON" is none of 0–23/, '0 9-17 * * *'],
  ['0 0 0 * *', /day-of-month "0" is none of 1–31/, '0 3 1,15 * *'],
  ['0 0 32 * *', /day-of-month "32" is none of 1–31/, '0 3 1,15 * *'],
  ['0 0 L-3 * *', /day-of-month "L".*stands alone/, '0 3 L * *'],
  ['0 0 1,L * *', /day-of-month "L".*stands alone/, '0 3 L * *'],
  ['0 0 LW * *', /"W" \(the nearest weekday\) is not supported/, '0 3 * * MON-FRI'],
  ['0 0 15W * *', /"W" \(the nearest weekday\) is not supported/, '0 3 * * MON-FRI'],
  ['0 0 1#2 * *', /day-of-month "1#2": "L" and "#" are for days only/, '0 3 L * *'],
  ['0 0 * 0 *', /month "0" is none of 1–12 or JAN–DEC/, '0 3 * JAN-MAR *'],
  ['0 0 * 13 *', /month "13" is none of 1–12 or JAN–DEC/, '0 3 * JAN-MAR *'],
  ['0 0 * january *', /month "JANUARY" is not known: write "JAN"/, '0 3 * JAN *'],
  ['0 0 * NOV-FEB *', /month "NOV-FEB" runs backwards/, '0 3 * NOV-DEC,JAN-FEB *'],
  ['0 0 * MON *', /month "MON" is none of/, '0 3 * JAN-MAR *'],
  ['0 0 * * 8', /day-of-week "8" is none of 0–7 or SUN–SAT/, '0 3 * * MON-FRI'],
  ['0 0 * * monday', /day-of-week "MONDAY" is not known: write "MON"/, '0 3 * * MON'],
  ['0 0 * * FRI-MON', /day-of-week "FRI-MON" runs backwards/, '0 3 * * FRI-SAT,SUN-MON'],
  ['0 0 * * L', /day-of-week "L": "L" needs a day before it/, '0 3 * * FRIL'],
  ['0 0 * * MON#6', /day-of-week "MON#6": write one day with its number in the month \(1–5\)/, '0 3 * * FRI#2'],
  ['0 0 * * MON#0', /day-of-week "MON#0"/, '0 3 * * FRI#2'],
  ['0 0 * * MON#1,FRI#3', /day-of-week "MON#1".*and nothing else/, '0 3 * * FRI#2'],
  ['0 0 * * MON,FRIL', /day-of-week "FRIL".*and nothing else/, '0 3 * * FRI#2'],
  ['0 0 * * #2', /day-of-week "#2"/, '0 3 * * FRI#2'],
  [
    '0 3 1 * MON',
    /limits the day of the month \("1"\) and the day of the week \("MON"\): make a schedule for each/,
    '0 3 1 * *',
  ],
  ['0 3 L * MON', /limits the day of the month \("L"\)/, '0 3 1 * *'],
  ['0 3 */2 * FRI#2', /limits the day of the month \("\*\/2"\)/, '0 3 1 * *'],
  ['0 0 31 2 *', /never happens: February has no day 31/, '0 3 L 2 *'],
  ['0 0 30 feb *', /never happens: February has no day 30/, '0 3 L 2 *'],
  ['0 0 31 4,6,9,11 *', /never happens: April and June and September and November have no day 31/, '0 3 L 4 *'],
]

describe('B-03 a refusal names the field, says what to do, and has an example that is accepted', () => {
  test.each(refusals)('"%s"', (text, detail, example) => {
    const error = refusalOf(text)
    expect(error.code).toBe('invalid')
    expect(error.errors).toEqual([{ pointer: '/cron', detail: expect.stringMatching(detail) }])
    expect(error.errors[0]?.detail).toContain(`such as "${example}"`)
    expect(readRule({ cron: example }, now)).toMatchObject({ kind: 'cron' })
  })
})

test('SEC-34 any text is either read or refused with an example that is read', () => {
  const marks = fc.string({ unit: fc.constantFrom(...'0123456789*,-/?#@LWlMONFRIJAN \t'), maxLength: 220 })
  const field = fc.string({ unit: fc.constantFrom(...'0123456789*,-/L#'), minLength: 1, maxLength: 12 })
  const fields = fc.array(field, { minLength: 5, maxLength: 5 }).map(parts => parts.join(' '))
  fc.assert(
    fc.property(fc.oneof(fc.string(), marks, fields), text => {
      try {
        expect(readRule({ cron: text }, now).kind).toBe('cron')
      } catch (thrown) {
        const error = thrown as PulseError
        expect(error.errors.map(({ pointer }) => pointer)).toEqual(['/cron'])
        const example = /such as "([^"]+)"(?: and "[^"]+")?$/.exec(error.errors[0]?.detail ?? '')?.[1] ?? ''
        expect(readRule({ cron: example }, now).kind).toBe('cron')
      }
    }),
    { numRuns: 3_000 },
  )
})

function refusalOf(text: string): PulseError {
  try {
    readRule({ cron: text }, now)
  } catch (error) {
    return error as PulseError
  }
  throw new Error(`"${text}" was accepted`)
}
