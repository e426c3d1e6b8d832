import { describe, expect, test } from 'vitest'
import { latestOccurrence, nextOccurrence, occurrencesBetween } from '../../shared/calendar/occurrences.ts'
import type { Rule } from '../../shared/calendar/rule.ts'

const cron = (expression: string, timeZone: string): Rule => ({ kind: 'cron', expression, timeZone })
const between = (rule: Rule, from: string, to: string) =>
  occurrencesBetween(rule, Date.parse(from), Date.parse(to), 1_000).map(at => new Date(at).toISOString().slice(0, 16))

/** A zone, an expression, a window of instants, the occurrences in it, and why. Dates in zones that change their minds are past ones. */
const table: [string, string, string, string[], string][] = [
  [
    'Europe/Berlin',
    '30 2 * * *',
    '2027-03-26T12:00Z/2027-03-29T12:00Z',
    ['2027-03-27T01:30', '2027-03-29T00:30'],
    '02:00 → 03:00, so 02:30 is skipped',
  ],
  [
    'Europe/Berlin',
    '30 2 * * *',
    '2026-10-23T12:00Z/2026-10-26T12:00Z',
    ['2026-10-24T00:30', '2026-10-25T00:30', '2026-10-26T01:30'],
    '03:00 → 02:00, so 02:30 comes twice and the first counts',
  ],
  [
    'Europe/Berlin',
    '0 * * * *',
    '2027-03-27T23:30Z/2027-03-28T02:30Z',
    ['2027-03-28T00:00', '2027-03-28T01:00', '2027-03-28T02:00'],
    'an hourly rule has an hour that no time is missing from',
  ],
  [
    'Europe/Berlin',
    '0 * * * *',
    '2026-10-24T23:30Z/2026-10-25T02:30Z',
    ['2026-10-25T00:00', '2026-10-25T02:00'],
    'an hourly rule rests while the hour is repeated',
  ],
  [
    'Europe/Berlin',
    '*/20 * * * *',
    '2026-10-25T00:10Z/2026-10-25T02:10Z',
    ['2026-10-25T00:20', '2026-10-25T00:40', '2026-10-25T02:00'],
    'so does one for every twenty minutes',
  ],
  [
    'America/New_York',
    '30 2 * * *',
    '2027-03-13T00:00Z/2027-03-16T00:00Z',
    ['2027-03-13T07:30', '2027-03-15T06:30'],
    '02:00 → 03:00 in another part of the world',
  ],
  [
    'America/New_York',
    '30 1 * * *',
    '2026-10-31T00:00Z/2026-11-03T00:00Z',
    ['2026-10-31T05:30', '2026-11-01T05:30', '2026-11-02T06:30'],
    '02:00 → 01:00, so 01:30 comes twice',
  ],
  [
    'Australia/Lord_Howe',
    '15 2 * * *',
    '2025-10-03T00:00Z/2025-10-07T00:00Z',
    ['2025-10-03T15:45', '2025-10-05T15:15', '2025-10-06T15:15'],
    'half an hour, 02:00 → 02:30',
  ],
  [
    'Australia/Lord_Howe',
    '45 1 * * *',
    '2025-04-04T00:00Z/2025-04-08T00:00Z',
    ['2025-04-04T14:45', '2025-04-05T14:45', '2025-04-06T15:15', '2025-04-07T15:15'],
    'half an hour, 02:00 → 01:30',
  ],
  [
    'America/Santiago',
    '0 0 * * *',
    '2024-09-07T00:00Z/2024-09-10T00:00Z',
    ['2024-09-07T04:00', '2024-09-09T03:00'],
    'at midnight, 00:00 → 01:00: the day has no midnight',
  ],
  [
    'America/Santiago',
    '30 23 * * *',
    '2025-04-05T00:00Z/2025-04-08T00:00Z',
    ['2025-04-05T02:30', '2025-04-06T02:30', '2025-04-07T03:30'],
    'at midnight, 24:00 → 23:00',
  ],
  [
    'Africa/Cairo',
    '0 0 * * *',
    '2025-04-23T12:00Z/2025-04-26T12:00Z',
    ['2025-04-23T22:00', '2025-04-25T21:00'],
    'at midnight, 00:00 → 01:00 on a Friday',
  ],
  [
    'Asia/Beirut',
    '0 0 * * *',
    '2025-03-28T12:00Z/2025-03-31T12:00Z',
    ['2025-03-28T22:00', '2025-03-30T21:00'],
    'at midnight, 00:00 → 01:00 on a Sunday',
  ],
  [
    'Africa/Casablanca',
    '30 2 * * *',
    '2025-02-21T12:00Z/2025-02-24T12:00Z',
    ['2025-02-22T01:30', '2025-02-23T01:30', '2025-02-24T02:30'],
    'for Ramadan, 03:00 → 02:00',
  ],
  [
    'Africa/Casablanca',
    '30 2 * * *',
    '2025-04-04T12:00Z/2025-04-07T12:00Z',
    ['2025-04-05T02:30', '2025-04-07T01:30'],
    'and back after it, 02:00 → 03:00',
  ],
  [
    'Pacific/Apia',
    '0 12 * * *',
    '2011-12-28T00:00Z/2011-12-31T00:00Z',
    ['2011-12-28T22:00', '2011-12-29T22:00', '2011-12-30T22:00'],
    'a whole day is left out at the date line',
  ],
  [
    'Pacific/Apia',
    '0 12 * * FRI',
    '2011-12-20T00:00Z/2012-01-08T00:00Z',
    ['2011-12-23T22:00', '2012-01-05T22:00'],
    'the day that is left out was a Friday',
  ],
]

describe('H75 what the clock skips is skipped, what it shows twice happens once', () => {
  test.each(table)('%s, %s, %s: %j (%s)', (timeZone, expression, window, expected) => {
    const rule = cron(expression, timeZone)
    const [from = '', to = ''] = window.split('/')
    expect(between(rule, from, to)).toEqual(expected)
    const last = latestOccurrence(rule, Date.parse(to), Date.parse(from))
    expect(last).toBe(Date.parse(`${expected.at(-1)}Z`))
  })

  test('asked in the midst of the hour that is repeated, an occurrence of its first half does not come again', () => {
    const rule = cron('30 2 * * *', 'Europe/Berlin')
    const [first, again] = [Date.parse('2026-10-25T00:30Z'), Date.parse('2026-10-25T01:30Z')]
    expect(nextOccurrence(rule, first - 1)).toBe(first)
    expect(nextOccurrence(rule, first)).toBe(Date.parse('2026-10-26T01:30Z'))
    expect(nextOccurrence(rule, again - 1, again)).toBeUndefined()
    expect(latestOccurrence(rule, again, first)).toBeUndefined()
    expect(latestOccurrence(rule, again, first - 1)).toBe(first)
  })

  test('`every` counts real time, whatever clocks do', () => {
    const anchor = Date.parse('2026-10-24T22:30Z')
    expect(between({ kind: 'every', everyMs: 3_600_000, anchor }, '2026-10-24T22:30Z', '2026-10-25T02:30Z')).toEqual([
      '2026-10-24T23:30',
      '2026-10-25T00:30',
      '2026-10-25T01:30',
      '2026-10-25T02:30',
    ])
  })
})

describe('H75 leap days', () => {
  const leapDay = cron('0 0 29 2 *', 'UTC')

  test('come every four years, but not in 2100', () => {
    expect(between(leapDay, '2023-01-01T00:00Z', '2033-01-01T00:00Z')).toEqual([
      '2024-02-29T00:00',
      '2028-02-29T00:00',
      '2032-02-29T00:00',
    ])
    expect(nextOccurrence(leapDay, Date.UTC(2096, 1, 29))).toBe(Date.UTC(2104, 1, 29))
    expect(latestOccurrence(leapDay, Date.UTC(2104, 1, 29) - 1, 0)).toBe(Date.UTC(2096, 1, 29))
  })

  test('are the last day of February, in those years', () => {
    expect(between(cron('0 12 L 2 *', 'UTC'), '2023-01-01T00:00Z', '2026-01-01T00:00Z')).toEqual([
      '2023-02-28T12:00',
      '2024-02-29T12:00',
      '2025-02-28T12:00',
    ])
  })

  test('forty years may lie between two fifth Mondays of February', () => {
    const rule = cron('0 0 * 2 MON#5', 'Europe/Berlin')
    const [before, after] = [Date.parse('2072-02-28T23:00Z'), Date.parse('2112-02-28T23:00Z')]
    expect(nextOccurrence(rule, before)).toBe(after)
    expect(latestOccurrence(rule, after - 1, 0)).toBe(before)
  })
})
