import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type BackoffFunction,
  type BackoffOptions,
  type BackoffSpec,
  backoffDelay,
  checkBackoff,
  DEFAULT_BACKOFF,
} from '../../shared/core/backoff.ts'

const hourMs = 3_600_000
const yearMs = 365 * 24 * hourMs

/** Delays after the first attempts, without jitter. */
function delays(options: BackoffOptions, ...attempts: number[]): number[] {
  return attempts.map(attempt => backoffDelay({ jitter: 'none', ...options }, attempt, 0.37))
}

describe('kinds', () => {
  test('fixed waits the same each time', () => {
    expect(delays({ kind: 'fixed', delay: '7s' }, 1, 2, 30)).toEqual([7_000, 7_000, 7_000])
  })
  test('linear grows by the delay', () => {
    expect(delays({ kind: 'linear', delay: '7s' }, 1, 2, 5)).toEqual([7_000, 14_000, 35_000])
  })
  test('quadratic grows with the square of the attempt', () => {
    expect(delays({ kind: 'quadratic', delay: '7s' }, 1, 2, 5)).toEqual([7_000, 28_000, 175_000])
  })
  test('exponential doubles, or grows by its factor', () => {
    expect(delays({ kind: 'exponential', delay: '7s' }, 1, 2, 5)).toEqual([7_000, 14_000, 112_000])
    expect(delays({ kind: 'exponential', delay: 100, factor: 3 }, 1, 2, 5)).toEqual([100, 300, 8_100])
    expect(delays({ kind: 'exponential', delay: 100, factor: 1.5 }, 1, 2, 3)).toEqual([100, 150, 225])
  })
  test('a list is followed, and its last delay repeated', () => {
    expect(delays({ kind: 'list', delays: [250, '7s', 'PT2M'] }, 1, 2, 3, 4, 99)).toEqual([
      250, 7_000, 120_000, 120_000, 120_000,
    ])
  })
  test('an empty list waits a second', () => {
    expect(delays({ kind: 'list', delays: [] }, 1, 2)).toEqual([1_000, 1_000])
  })
  test('the delay is a second where none is given, so quadratic means attempt² seconds', () => {
    expect(delays({ kind: 'fixed' }, 3)).toEqual([1_000])
    expect(delays({ kind: 'linear' }, 3)).toEqual([3_000])
    expect(delays({ kind: 'quadratic' }, 1, 2, 3, 4, 10)).toEqual([1_000, 4_000, 9_000, 16_000, 100_000])
    expect(delays({ kind: 'exponential' }, 3)).toEqual([4_000])
  })
  test('quadratic is what a task gets that says nothing', () => {
    expect(DEFAULT_BACKOFF).toBe('quadratic')
  })
  test.each([
    ['fixed', 1_000],
    ['linear', 3_000],
    ['quadratic', 9_000],
    ['exponential', 4_000],
  ] as const)('the bare word "%s" is its kind with defaults, jitter included', (kind, most) => {
    expect(backoffDelay(kind, 3, 0)).toBe(0)
    expect(backoffDelay(kind, 3, 0.5)).toBe(Math.floor((most + 1) / 2))
    expect(backoffDelay(kind, 3, 1 - Number.EPSILON)).toBe(most)
  })
})

describe('caps', () => {
  test('an hour by default', () => {
    expect(delays({ kind: 'quadratic' }, 59, 60, 61, 1_000)).toEqual([3_481_000, hourMs, hourMs, hourMs])
  })
  test('another where one is given, longer or shorter', () => {
    expect(delays({ kind: 'linear', delay: '1h', cap: '1d' }, 5, 24, 25)).toEqual([
      5 * hourMs,
      24 * hourMs,
      24 * hourMs,
    ])
    expect(delays({ kind: 'list', delays: ['5s', '5m'], cap: '30s' }, 1, 2)).toEqual([5_000, 30_000])
    expect(delays({ kind: 'fixed', cap: 0 }, 1)).toEqual([0])
  })
  test('never more than a year', () => {
    expect(delays({ kind: 'fixed', delay: '200w', cap: '100w' }, 1)).toEqual([yearMs])
    expect(delays({ kind: 'exponential', cap: Number.MAX_SAFE_INTEGER }, 5_000)).toEqual([yearMs])
  })
})

describe('jitter', () => {
  test('full draws from 0 to the delay, both included', () => {
    const spec: BackoffSpec = { kind: 'fixed', delay: 3, jitter: 'full' }
    const drawn = [0, 0.24, 0.25, 0.5, 0.75, 0.99].map(random => backoffDelay(spec, 1, random))
    expect(drawn).toEqual([0, 0, 1, 2, 3, 3])
  })
  test('full is what happens when nothing is said', () => {
    expect(backoffDelay({ kind: 'fixed', delay: '10s' }, 1, 0.25)).toBe(2_500)
  })
  test('full draws below the cap, not above it', () => {
    expect(backoffDelay({ kind: 'fixed', delay: '10s', cap: '4s' }, 1, 0.5)).toBe(2_000)
  })
  test('none takes the delay itself', () => {
    expect(backoffDelay({ kind: 'fixed', delay: '10s', jitter: 'none' }, 1, 0.25)).toBe(10_000)
  })
})

describe('a function', () => {
  const thrown = { name: 'RateLimited', message: 'retry after 17' }

  test('decides by attempt and error, and no jitter is added', () => {
    const spec: BackoffFunction = (attempt, error) => `${attempt * Number(error.message.slice(12))}s`
    expect(backoffDelay(spec, 3, 0.37, thrown)).toBe(51_000)
    expect(backoffDelay((_attempt, error) => (error.name === 'RateLimited' ? 41 : 43), 1, 0.37, thrown)).toBe(41)
  })
  test('is capped at an hour', () => {
    expect(backoffDelay(() => '3h', 1, 0.37)).toBe(hourMs)
  })
  test('meets an error even when nobody knows one', () => {
    expect(backoffDelay((_attempt, error) => error.name.length + error.message.length, 1, 0.37)).toBe(5)
  })
  const nonsense: [string, BackoffFunction][] = [
    ['throws', () => fail()],
    ['answers NaN', () => Number.NaN],
    ['answers a negative number', () => -5],
    ['answers Infinity', () => Number.POSITIVE_INFINITY],
    ['answers words', () => 'soon'],
    ['answers nothing', (() => undefined) as unknown as BackoffFunction], // as JavaScript may
    ['answers a promise', (async () => 5) as unknown as BackoffFunction],
  ]
  test.each(nonsense)('H49 that %s is replaced by attempt² seconds', (_name, spec) => {
    expect(backoffDelay(spec, 3, 0.37)).toBe(9_000)
    expect(backoffDelay(spec, 61, 0.37)).toBe(hourMs)
  })
})

describe('checkBackoff', () => {
  const backoffs: (BackoffSpec | BackoffFunction)[] = [
    ...(['fixed', 'linear', 'quadratic', 'exponential'] as const),
    { kind: 'fixed', delay: 0 },
    { kind: 'linear', delay: '7s', cap: '1h', jitter: 'none' },
    { kind: 'quadratic', cap: 5 },
    { kind: 'exponential', factor: 0.5 },
    { kind: 'exponential', delay: '1s' },
    { kind: 'list', delays: [] },
    { kind: 'list', delays: [1, 'PT2M'], cap: '1m' },
    () => 'nonsense, which only its answers can show',
  ]
  test.each(backoffs)('lets %j pass', backoff => {
    expect(() => checkBackoff(backoff)).not.toThrow()
  })

  test('says which kinds there are', () => {
    const rule = 'choose fixed, linear, quadratic, exponential, list, or a function'
    expect(() => checkBackoff('cubic' as unknown as BackoffSpec)).toThrow(
      new TypeError(`"cubic" is no kind of backoff: ${rule}`),
    )
  })

  // A mistake must not wait for the first failure of a task to show.
  test.each<BackoffSpec>([
    { kind: 'fixed', delay: '5 minutes' },
    { kind: 'linear', delay: -1 },
    { kind: 'quadratic', cap: 'an hour' },
    { kind: 'exponential', delay: 'PT' },
    { kind: 'list', delays: ['1s', 'later'] },
    { kind: 'list', delays: ['1s'], cap: Number.NaN },
  ])('H49 refuses %j', backoff => {
    expect(() => checkBackoff(backoff)).toThrow('is no duration')
  })

  test.each([0, -2, Number.NaN])('refuses to grow by a factor of %d', factor => {
    expect(() => checkBackoff({ kind: 'exponential', factor })).toThrow(
      new TypeError('the factor of an exponential backoff must be above 0'),
    )
  })
})

describe('H49 for any backoff, attempt and draw', () => {
  const lengthMs = fc.oneof(fc.nat(10 * yearMs), fc.constantFrom(0, 1, '1ms', '0s', '90s', 'PT36H', '500w'))
  const limits = {
    cap: fc.option(lengthMs, { nil: undefined }),
    jitter: fc.constantFrom<'full' | 'none' | undefined>('full', 'none', undefined),
  }
  const options = fc.oneof(
    fc.record({ kind: fc.constantFrom('fixed', 'linear', 'quadratic'), delay: lengthMs, ...limits }),
    fc.record({ kind: fc.constant('exponential'), delay: lengthMs, factor: fc.double(), ...limits }),
    fc.record({ kind: fc.constant('list'), delays: fc.array(lengthMs), ...limits }),
  )
  const attempts = fc.oneof(fc.integer({ min: 1, max: 200 }), fc.integer({ min: 1, max: 1_000_000 }))
  const draws = fc.oneof(
    fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
    fc.constantFrom(0, 1 - Number.EPSILON / 2),
  )
  const longest = (cap: unknown) => (cap === undefined ? hourMs : yearMs)

  test('the delay is a whole number from 0 to the cap', () => {
    fc.assert(
      fc.property(options, attempts, draws, (given, attempt, random) => {
        const spec = withoutUndefined(given)
        const delay = backoffDelay(spec, attempt, random)
        expect(Number.isSafeInteger(delay)).toBe(true)
        expect(delay).toBeGreaterThanOrEqual(0)
        expect(delay).toBeLessThanOrEqual(typeof given.cap === 'number' ? given.cap : longest(given.cap))
        expect(delay).toBeLessThanOrEqual(yearMs)
      }),
      { numRuns: 2_000 },
    )
  })
  test('whatever a function answers', () => {
    fc.assert(
      fc.property(fc.anything(), attempts, draws, (answer, attempt, random) => {
        const delay = backoffDelay((() => answer) as unknown as BackoffFunction, attempt, random)
        expect(Number.isSafeInteger(delay) && delay >= 0 && delay <= hourMs).toBe(true)
      }),
      { numRuns: 2_000 },
    )
  })
  test('without jitter a later attempt never waits less, the list aside', () => {
    const kinds = fc.constantFrom('fixed', 'linear', 'quadratic', 'exponential')
    fc.assert(
      fc.property(kinds, fc.nat(yearMs), attempts, attempts, (kind, delay, one, other) => {
        const [early = 0, late = 0] = delays(
          { kind, delay } as BackoffOptions,
          Math.min(one, other),
          Math.max(one, other),
        )
        expect(early).toBeLessThanOrEqual(late)
      }),
    )
  })
  test('a delay of nothing stays nothing, however often it is doubled', () => {
    expect(delays({ kind: 'exponential', delay: 0 }, 1, 100, 1_024, 1_025, 1_000_000)).toEqual([0, 0, 0, 0, 0])
  })

  function withoutUndefined(given: object): BackoffOptions {
    const fields = Object.entries(given).filter(([, value]) => value !== undefined)
    return Object.fromEntries(fields) as unknown as BackoffOptions // the arbitraries above make nothing else
  }
})

function fail(): never {
  throw new Error('the backoff is broken')
}
