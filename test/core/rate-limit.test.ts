import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { checkRule, intervalOf, type LimitRule, take } from '../../shared/core/rate-limit.ts'
import { at } from '../helpers/clock.ts'

const rules = fc
  .tuple(fc.integer({ min: 1, max: 1_000 }), fc.integer({ min: 1, max: 86_400_000 }))
  .filter(([limit, windowMs]) => limit <= windowMs)
  .map(([limit, windowMs]): LimitRule => ({ limit, windowMs }))
/** So long after the call before, as parts of an interval of whatever rule it is. */
const calls = fc.array(
  fc.record({ intervals: fc.double({ min: 0, max: 3, noNaN: true }), cost: fc.integer({ min: 1, max: 4 }) }),
  { minLength: 1, maxLength: 60 },
)
const start = at('10:00:00')

interface Call {
  readonly now: number
  readonly cost: number
  readonly before: number | undefined
  readonly taken: ReturnType<typeof take>
}

function run(rule: LimitRule, some: readonly { readonly intervals: number; readonly cost: number }[]): Call[] {
  const made: Call[] = []
  let now = start
  let fullAt: number | undefined
  for (const { intervals, cost } of some) {
    now += Math.round(intervals * intervalOf(rule))
    const taken = take(fullAt, rule, cost, now)
    made.push({ now, cost, before: fullAt, taken })
    if (taken.allowed) fullAt = taken.fullAt
  }
  return made
}

describe('a rate limit', () => {
  test('SEC-24 admits within any time no more than the limit and what comes back in that time', () => {
    fc.assert(
      fc.property(rules, calls, (rule, some) => {
        const admitted = run(rule, some).filter(({ taken }) => taken.allowed)
        for (const [first, { now: from }] of admitted.entries()) {
          let sum = 0
          for (const { now, cost } of admitted.slice(first)) {
            sum += cost
            expect(sum).toBeLessThanOrEqual(rule.limit + Math.floor((now - from) / intervalOf(rule)))
          }
        }
      }),
    )
  })

  test('SEC-24 admits what there is: it refuses only what would be too much', () => {
    fc.assert(
      fc.property(rules, calls, (rule, some) => {
        for (const { now, cost, before, taken } of run(rule, some)) {
          const used = Math.max(0, (before ?? now) - now)
          expect(taken.allowed).toBe(used + cost * intervalOf(rule) <= rule.limit * intervalOf(rule))
        }
      }),
    )
  })

  test('tells exactly when to come again: then it admits, a millisecond before it does not', () => {
    fc.assert(
      fc.property(rules, calls, (rule, some) => {
        for (const { now, cost, before, taken } of run(rule, some)) {
          if (taken.allowed) expect(taken.retryAfterMs).toBe(0)
          else if (cost <= rule.limit) {
            expect(take(before, rule, cost, now + taken.retryAfterMs).allowed).toBe(true)
            expect(take(before, rule, cost, now + taken.retryAfterMs - 1).allowed).toBe(false)
          }
        }
      }),
    )
  })

  test('tells exactly what is left: as much is admitted at once, and one more is not', () => {
    fc.assert(
      fc.property(rules, calls, (rule, some) => {
        for (const { now, before, taken } of run(rule, some)) {
          const kept = taken.allowed ? taken.fullAt : before
          expect(take(kept, rule, taken.remaining + 1, now).allowed).toBe(false)
          if (taken.remaining > 0) expect(take(kept, rule, taken.remaining, now).allowed).toBe(true)
        }
      }),
    )
  })

  test('tells exactly when the bucket is full: then the whole limit is there, a millisecond before it is not', () => {
    fc.assert(
      fc.property(rules, calls, (rule, some) => {
        for (const { now, taken } of run(rule, some)) {
          const full = now + taken.resetMs
          expect(take(taken.fullAt, rule, rule.limit, full).allowed).toBe(true)
          if (taken.resetMs > 0) expect(take(taken.fullAt, rule, rule.limit, full - 1).allowed).toBe(false)
        }
      }),
    )
  })

  test('SEC-24 moves a bucket ahead when it admits, and not at all when it refuses', () => {
    fc.assert(
      fc.property(rules, calls, (rule, some) => {
        for (const { now, cost, before, taken } of run(rule, some)) {
          const from = Math.max(before ?? now, now)
          expect(taken.fullAt).toBe(taken.allowed ? from + cost * intervalOf(rule) : from)
        }
      }),
    )
  })

  test('a bucket that is less full never admits what a fuller one refuses', () => {
    fc.assert(
      fc.property(rules, fc.nat(2e8), fc.nat(2e8), fc.integer({ min: 1, max: 9 }), (rule, one, other, cost) => {
        const [fuller, emptier] = [start + Math.min(one, other), start + Math.max(one, other)]
        const taken = { fuller: take(fuller, rule, cost, start), emptier: take(emptier, rule, cost, start) }
        if (taken.emptier.allowed) expect(taken.fuller.allowed).toBe(true)
        const held = ({ allowed, remaining }: typeof taken.fuller) => remaining + (allowed ? cost : 0)
        expect(held(taken.fuller)).toBeGreaterThanOrEqual(held(taken.emptier))
        expect(taken.fuller.retryAfterMs).toBeLessThanOrEqual(taken.emptier.retryAfterMs)
      }),
    )
  })

  test('answers whole numbers that are not negative', () => {
    fc.assert(
      fc.property(rules, calls, (rule, some) => {
        for (const { taken } of run(rule, some)) {
          for (const number of [taken.fullAt, taken.remaining, taken.resetMs, taken.retryAfterMs]) {
            expect(Number.isSafeInteger(number)).toBe(true)
            expect(number).toBeGreaterThanOrEqual(0)
          }
        }
      }),
    )
  })

  test('a clock that was set back admits no more than the limit, and waits for the bucket', () => {
    fc.assert(
      fc.property(rules, fc.integer({ min: 1, max: 86_400_000 }), (rule, back) => {
        const { fullAt } = take(undefined, rule, rule.limit, start)
        const early = take(fullAt, rule, 1, start - back)
        expect(early).toMatchObject({ allowed: false, remaining: 0, retryAfterMs: back + intervalOf(rule) })
      }),
    )
  })
})

describe('the interval', () => {
  test('is a whole number of milliseconds, and never so short that more than the limit comes back in the window', () => {
    fc.assert(
      fc.property(rules, rule => {
        const interval = intervalOf(rule)
        expect(Number.isSafeInteger(interval)).toBe(true)
        expect(interval * rule.limit).toBeGreaterThanOrEqual(rule.windowMs)
        expect((interval - 1) * rule.limit).toBeLessThan(rule.windowMs)
      }),
    )
  })

  test.each([
    [1, 1_000, 1_000],
    [10, 10_000, 1_000],
    [7, 60_000, 8_572],
    [1_000, 1_000, 1],
  ])('of %i in %i ms is %i ms', (limit, windowMs, interval) => {
    expect(intervalOf({ limit, windowMs })).toBe(interval)
  })
})

describe('a rule', () => {
  test('that whole milliseconds keep is taken as it is', () => {
    fc.assert(
      fc.property(rules, rule => {
        expect(checkRule(rule)).toBe(rule)
      }),
    )
  })

  test.each([
    [0, 1_000],
    [-1, 1_000],
    [1.5, 1_000],
    [1, 0.5],
    [1_001, 1_000],
    [Number.NaN, 1_000],
    [1, Number.POSITIVE_INFINITY],
  ])('of %d in %d ms is a mistake', (limit, windowMs) => {
    expect(() => checkRule({ limit, windowMs })).toThrow(TypeError)
  })
})
