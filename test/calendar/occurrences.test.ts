import { Cron } from 'croner'
import fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import { latestOccurrence, nextOccurrence, occurrencesBetween } from '../../shared/calendar/occurrences.ts'
import type { Rule } from '../../shared/calendar/rule.ts'
import { arbitraryCron, arbitraryInstant, arbitraryZone } from './arbitrary-cron.ts'

const cron = (expression: string, timeZone = 'UTC'): Rule => ({ kind: 'cron', expression, timeZone })
const noon = Date.UTC(2026, 11, 1, 12)

describe('B-03 once', () => {
  test.each<Rule>([
    { kind: 'at', at: noon },
    { kind: 'after', afterMs: 7, at: noon },
  ])('$kind', rule => {
    expect(nextOccurrence(rule, noon - 1)).toBe(noon)
    expect(nextOccurrence(rule, noon)).toBeUndefined()
    expect(nextOccurrence(rule, noon - 5, noon)).toBe(noon)
    expect(nextOccurrence(rule, noon - 5, noon - 1)).toBeUndefined()
    expect(latestOccurrence(rule, noon, noon - 1)).toBe(noon)
    expect(latestOccurrence(rule, noon - 1, 0)).toBeUndefined()
    expect(latestOccurrence(rule, noon + 1, noon)).toBeUndefined()
    expect(occurrencesBetween(rule, 0, noon + 9, 5)).toEqual([noon])
  })
})

describe('B-03 every', () => {
  const rule: Rule = { kind: 'every', everyMs: 90_000, anchor: noon }

  test('the first is one interval after the anchor', () => {
    expect(nextOccurrence(rule, Number.NEGATIVE_INFINITY)).toBe(noon + 90_000)
    expect(nextOccurrence(rule, noon)).toBe(noon + 90_000)
    expect(nextOccurrence(rule, noon + 89_999)).toBe(noon + 90_000)
    expect(nextOccurrence(rule, noon + 90_000)).toBe(noon + 180_000)
    expect(nextOccurrence(rule, noon, noon + 89_999)).toBeUndefined()
    expect(nextOccurrence(rule, noon, noon + 90_000)).toBe(noon + 90_000)
  })

  test('the latest', () => {
    expect(latestOccurrence(rule, noon + 89_999, 0)).toBeUndefined()
    expect(latestOccurrence(rule, noon + 90_000, 0)).toBe(noon + 90_000)
    expect(latestOccurrence(rule, noon + 200_000, 0)).toBe(noon + 180_000)
    expect(latestOccurrence(rule, noon + 200_000, noon + 180_000)).toBeUndefined()
  })

  test('no more than asked for, in order', () => {
    expect(occurrencesBetween(rule, noon, noon + 400_000, 3)).toEqual([noon + 90_000, noon + 180_000, noon + 270_000])
    expect(occurrencesBetween(rule, noon, noon + 400_000, 0)).toEqual([])
    expect(occurrencesBetween(rule, noon + 90_000, noon + 180_000, 9)).toEqual([noon + 180_000])
  })
})

describe('B-03 cron', () => {
  test('bounds: after the first, up to and with the last', () => {
    const rule = cron('*/10 * * * *')
    expect(nextOccurrence(rule, noon - 1)).toBe(noon)
    expect(nextOccurrence(rule, noon)).toBe(noon + 600_000)
    expect(nextOccurrence(rule, noon + 0.5)).toBe(noon + 600_000)
    expect(nextOccurrence(rule, noon, noon + 599_999)).toBeUndefined()
    expect(nextOccurrence(rule, noon, noon + 600_000)).toBe(noon + 600_000)
    expect(latestOccurrence(rule, noon, noon - 1)).toBe(noon)
    expect(latestOccurrence(rule, noon - 1, 0)).toBe(noon - 600_000)
    expect(latestOccurrence(rule, noon + 599_999, noon)).toBeUndefined()
    expect(occurrencesBetween(rule, noon, noon + 1_800_000, 2)).toEqual([noon + 600_000, noon + 1_200_000])
  })

  test.each([Number.NaN, Number.POSITIVE_INFINITY, 8.64e15, Date.UTC(2950, 0, 1)])('after %d comes nothing', after => {
    expect(nextOccurrence(cron('* * * * *'), after)).toBeUndefined()
  })

  test('from the beginning of time to its end', () => {
    const rule = cron('0 0 1 1 *', 'Europe/Berlin')
    const [first] = occurrencesBetween(rule, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY, 1)
    expect(first).toBe(Date.parse('1970-12-31T23:00Z'))
    expect(latestOccurrence(rule, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY)).toBe(
      Date.parse('2899-12-31T23:00Z'),
    )
  })
})

test('B-03 H75 forwards, backwards and at once give the same occurrences', { timeout: 60_000 }, () => {
  fc.assert(
    fc.property(arbitraryCron, arbitraryZone, arbitraryInstant, (expression, timeZone, start) => {
      const rule = cron(expression, timeZone)
      const forwards: number[] = []
      for (
        let at = nextOccurrence(rule, start);
        at !== undefined && forwards.length < 25;
        at = nextOccurrence(rule, at)
      ) {
        forwards.push(at)
      }
      const last = forwards.at(-1) ?? start
      expect(forwards.length).toBeGreaterThan(5)
      expect(occurrencesBetween(rule, start, last, 100)).toEqual(forwards)
      const backwards: number[] = []
      for (let at = latestOccurrence(rule, last, start); at !== undefined; at = latestOccurrence(rule, at - 1, start)) {
        backwards.unshift(at)
      }
      expect(backwards).toEqual(forwards)
    }),
    { numRuns: 1_000 },
  )
})

describe('SEC-34 the work is bounded', () => {
  /** How many times an expression was searched, and how many times a clock was read off, during some work. */
  function counted(work: () => unknown): { searches: number; readings: number } {
    const next = vi.spyOn(Cron.prototype, 'nextRun')
    const previous = vi.spyOn(Cron.prototype, 'previousRuns')
    // It is a getter, which the types of the library do not say.
    const clock = vi.spyOn(Intl.DateTimeFormat.prototype as { readonly format: unknown }, 'format', 'get')
    try {
      work()
      return { searches: next.mock.calls.length + previous.mock.calls.length, readings: clock.mock.calls.length }
    } finally {
      vi.restoreAllMocks()
    }
  }

  test('a time that a zone’s clock skips each year is looked for as many times as there are years, and no longer', () => {
    const rule = cron('30 2 * 3 SUNL', 'Europe/Paris')
    const { searches, readings } = counted(() => expect(nextOccurrence(rule, noon)).toBeUndefined())
    expect(searches).toBeLessThan(100)
    expect(readings).toBeLessThan(20_000)
    expect(counted(() => nextOccurrence(rule, noon)).readings).toBe(0)
  })

  test('so it is backwards', () => {
    const rule = cron('30 2 * 3 SUNL', 'Europe/Paris')
    const { searches } = counted(() => expect(latestOccurrence(rule, noon, Date.UTC(1997, 0, 1))).toBeUndefined())
    expect(searches).toBeLessThan(100)
  })

  test('the minutes of a day that is left out are passed in one step', () => {
    const rule = cron('* * * * *', 'Pacific/Apia')
    const change = Date.parse('2011-12-30T10:00Z')
    expect(counted(() => expect(nextOccurrence(rule, change - 60_000)).toBe(change)).searches).toBeLessThan(4)
    expect(counted(() => expect(latestOccurrence(rule, change - 1, 0)).toBe(change - 60_000)).searches).toBeLessThan(4)
  })

  test('a year of missed minutes costs one step to the last of them', () => {
    const rule = cron('* * * * *', 'Europe/Berlin')
    expect(counted(() => latestOccurrence(rule, noon, noon - 366 * 86_400_000)).searches).toBe(1)
  })

  test('an hour that comes twice is passed in one step, in both directions', () => {
    const rule = cron('* * * * *', 'Europe/Berlin')
    const again = Date.parse('2026-10-25T01:00Z')
    expect(counted(() => expect(nextOccurrence(rule, again)).toBe(again + 3_600_000)).searches).toBeLessThan(3)
    expect(
      counted(() => expect(latestOccurrence(rule, again + 3_599_999, 0)).toBe(again - 60_000)).searches,
    ).toBeLessThan(3)
  })

  test('of the years in which nothing happens, no clock is read', () => {
    const seldom = (timeZone: string) => cron('0 0 * 2 MON#5', timeZone)
    const [from, to] = [Date.UTC(2073, 0, 1), Date.UTC(2112, 1, 29, 12)]
    expect(counted(() => expect(nextOccurrence(seldom('Europe/Rome'), from)).toBeLessThan(to)).readings).toBeLessThan(
      1_000,
    )
    expect(counted(() => latestOccurrence(seldom('Europe/Oslo'), to - 86_400_000, 0)).readings).toBeLessThan(1_000)
    expect(counted(() => nextOccurrence(seldom('Europe/Riga'), from, from + 1)).readings).toBeLessThan(300)
  })

  test('no more occurrences than asked for are looked for', () => {
    expect(counted(() => occurrencesBetween(cron('* * * * *'), 0, noon, 10)).searches).toBe(10)
  })

  test('offsets are read off once, whoever asks', () => {
    const at = (index: number) => noon + index * 60_000
    nextOccurrence(cron('* * * * *', 'Asia/Tokyo'), noon)
    const asked = () =>
      Array.from({ length: 1_000 }, (_, index) => nextOccurrence(cron('* * * * *', 'Asia/Tokyo'), at(index)))
    expect(counted(asked).readings).toBe(0)
  })
})
