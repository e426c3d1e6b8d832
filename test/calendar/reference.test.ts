import { describe, expect, test } from 'vitest'
import { occurrencesBetween } from '../../shared/calendar/occurrences.ts'
import { changesOf, clockOf, matcherOf, matching, minutesBetween, type ShownMinute } from './reference-calendar.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const from = Date.UTC(2020, 0, 1)
const to = Date.UTC(2041, 0, 1)

/** Times within the hours in which clocks are changed, those around them, and days of every kind. */
const around = [
  ...[
    '30 2 * * *',
    '0 2 * * *',
    '0 3 * * *',
    '0 0 * * *',
    '30 0 * * *',
    '59 23 * * *',
    '15 1 * * *',
    '0 1 * * *',
    '30 * * * *',
  ],
  ...[
    '45 0-3,23 * * *',
    '30 2 * * 0',
    '5 1 * 3,10 SUN',
    '30 1 * * SUNL',
    '30 0 * * 5#2',
    '0 2 1 * *',
    '30 23 L * *',
    '0 3 29 2 *',
  ],
]
const dense = ['* * * * *', '*/5 * * * *', '*/20 0-3,23 * * *', '7-53/9 */2 * 1-12/2 1-5']
const read = new Map([...around, ...dense].map(expression => [expression, matcherOf(expression)]))

function compare(timeZone: string, minutes: readonly ShownMinute[], expressions: readonly string[]): void {
  const first = minutes[0]?.at ?? 0
  const last = minutes.at(-1)?.at ?? 0
  for (const expression of expressions) {
    const matcher = read.get(expression) ?? matcherOf(expression)
    const found = occurrencesBetween({ kind: 'cron', expression, timeZone }, first - 1, last, 1e9)
    const named = matching(minutes, matcher)
    // Joined, because comparing long arrays element by element takes most of the time.
    if (found.join() !== named.join()) {
      expect({ timeZone, expression, times: found.map(iso) }).toEqual({ timeZone, expression, times: named.map(iso) })
    }
  }
}

const iso = (at: number) => new Date(at).toISOString()

/** The zones that change their clocks. Of those that change them alike (most of Europe), one stands for the others in most years. */
const clocks = new Set<string>()
const changing = Intl.supportedValuesOf('timeZone').flatMap(timeZone => {
  const changes = changesOf(timeZone, from, to)
  if (changes.length === 0) return []
  const read = clockOf(timeZone)
  const clock = changes.map(at => `${at} ${read(at)} ${read(at + HOUR_MS)}`).join()
  const isLike = clocks.has(clock)
  clocks.add(clock)
  return [{ timeZone, isLike, changes: isLike ? changes.slice(0, 2) : changes }]
})

describe('B-03 H75 occurrences are those that a clock read minute by minute shows', () => {
  test('there are zones to compare in', () => {
    expect(changing.length).toBeGreaterThan(120)
    expect(clocks.size).toBeGreaterThan(40)
    expect(changing.map(({ timeZone }) => timeZone)).toContain('Africa/Casablanca')
  })

  test('two days around each change of every zone that changes its clock in 2020–2040', { timeout: 300_000 }, () => {
    for (const { timeZone, changes, isLike } of changing) {
      for (const [index, change] of changes.entries()) {
        const minutes = minutesBetween(timeZone, change - 2 * DAY_MS, change + 2 * DAY_MS)
        compare(timeZone, minutes, index < 2 && !isLike ? [...around, ...dense] : around)
      }
    }
  })

  test.each([
    ['Pacific/Apia', '2011-12-30T10:00:00Z', 'a day is left out at the date line'],
    ['Pacific/Fakaofo', '2011-12-30T11:00:00Z', 'so it is in Tokelau'],
    ['Asia/Pyongyang', '2015-08-14T15:00:00Z', 'half an hour back, for good'],
    ['Asia/Pyongyang', '2018-05-04T15:00:00Z', 'half an hour ahead, for good'],
    ['America/Caracas', '2016-05-01T07:00:00Z', 'half an hour ahead, for good'],
    ['Africa/Cairo', '2010-09-30T21:00:00Z', 'on again after Ramadan, off three weeks later'],
    ['Antarctica/Troll', '2030-03-31T01:00:00Z', 'two hours'],
  ])('around the change in %s at %s: %s', (timeZone, change) => {
    const minutes = minutesBetween(timeZone, Date.parse(change) - 3 * DAY_MS, Date.parse(change) + 3 * DAY_MS)
    compare(timeZone, minutes, [...around, ...dense])
  })

  test.each([
    ['Europe/Berlin', 2028],
    ['America/New_York', 2027],
    ['Australia/Lord_Howe', 2026],
    ['Africa/Casablanca', 2024],
    ['America/Santiago', 2026],
    ['Asia/Kathmandu', 2028],
    ['UTC', 2028],
  ])('all of the minutes in %s in %i', { timeout: 60_000 }, (timeZone, year) => {
    compare(timeZone, minutesBetween(timeZone, Date.UTC(year, 0, 1), Date.UTC(year + 1, 0, 2)), [
      ...around,
      ...[
        '*/5 * * * *',
        '7-53/9 */2 * 1-12/2 1-5',
        '0 9 * * MON-FRI',
        '15 10 * * FRIL',
        '0 0 31 * *',
        '0 12 */7 FEB-APR *',
      ],
    ])
  })
})
