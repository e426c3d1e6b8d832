import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { duration, parseDuration } from '../../shared/core/duration.ts'

describe('parseDuration', () => {
  test.each([
    ['250ms', 250],
    ['30s', 30_000],
    ['5m', 300_000],
    ['3h', 10_800_000],
    ['2d', 172_800_000],
    ['6w', 3_628_800_000],
    ['0s', 0],
    ['1.5h', 5_400_000],
    ['0.25s', 250],
    ['0.6ms', 1],
    ['007s', 7_000],
  ])('reads %s as %i ms', (text, ms) => {
    expect(parseDuration(text)).toBe(ms)
  })

  test.each([
    ['PT5M', 300_000],
    ['PT90S', 90_000],
    ['PT0.5S', 500],
    ['PT0S', 0],
    ['PT0.25S', 250],
    ['PT12H', 43_200_000],
    ['PT10M', 600_000],
    ['P10D', 864_000_000],
    ['P10W', 6_048_000_000],
    ['P1D', 86_400_000],
    ['P2W', 1_209_600_000],
    ['PT3H', 10_800_000],
    ['P1DT2H3M4.5S', 93_784_500],
    ['P1W2DT3H4M5S', 788_645_000],
  ])('reads %s of ISO 8601 as %i ms', (text, ms) => {
    expect(parseDuration(text)).toBe(ms)
  })

  test.each([
    [0, 0],
    [1, 1],
    [1_500, 1_500],
    [2.4, 2],
    [2.5, 3],
    [Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
  ])('takes the number %d for milliseconds', (value, ms) => {
    expect(parseDuration(value)).toBe(ms)
  })

  test.each([
    ...['xPT5M', 'x5m', '5mx', 'PT5Mx'],
    ...['', ' ', '5', 'm', '5 m', ' 5m', '5m ', '5m\n', '5M', '5min', '-5m', '+5m', '.5h', '5.h', '1e3s', '1_000s'],
    ...['1,5h', '5m30s', '∞s', '٥m', 'NaN', 'Infinity', 'P', 'PT', 'P5', 'PT5', '5MPT', 'pt5m', 'P-1D', 'P1Y', 'P1M'],
    ...['PT1.5H', 'PT5M3H', 'P1D2W', 'P1H', 'PT1D', 'constructor', '__proto__'],
  ])('"%s" is no duration', text => {
    expect(parseDuration(text)).toBeUndefined()
  })

  test('P1DT is no duration: ISO 8601 wants a time after the T', () => {
    expect(parseDuration('P1DT')).toBeUndefined()
  })

  test.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -1, -0.6])('%d is none', value => {
    expect(parseDuration(value)).toBeUndefined()
  })

  test.each(['9007199254740992ms', '15000000000w', `${'9'.repeat(400)}s`, 'P99999999999W', `PT${'9'.repeat(400)}S`])(
    'H49 %s is too long to be an exact number of milliseconds',
    text => {
      expect(parseDuration(text)).toBeUndefined()
    },
  )

  test.each([2 ** 53, 1e300, Number.MAX_VALUE])('H49 so is the number %d', value => {
    expect(parseDuration(value)).toBeUndefined()
  })

  test('H49 whatever it is given, it answers whole milliseconds or nothing', () => {
    const unit = fc.constantFrom('ms', 's', 'm', 'h', 'd', 'w')
    const short = fc.tuple(fc.double({ min: 0, noNaN: true }), unit).map(([value, name]) => `${value}${name}`)
    fc.assert(
      fc.property(fc.oneof(fc.string(), short, fc.double({ max: Number.MAX_SAFE_INTEGER })), value => {
        const ms = parseDuration(value)
        expect(ms === undefined || (Number.isSafeInteger(ms) && ms >= 0)).toBe(true)
      }),
      { numRuns: 1_000 },
    )
  })

  test('both ways of writing mean the same', () => {
    fc.assert(
      fc.property(fc.nat(100_000), count => {
        expect(parseDuration(`PT${count}S`)).toBe(parseDuration(`${count}s`))
        expect(parseDuration(`P${count}D`)).toBe(parseDuration(`${count}d`))
        expect(parseDuration(`${count * 1_000}ms`)).toBe(parseDuration(`${count}s`))
      }),
    )
  })

  test('SEC-31 a long text of digits takes no time worth counting', () => {
    expect(parseDuration(`${'1'.repeat(200_000)}.${'1'.repeat(200_000)}x`)).toBeUndefined()
    expect(parseDuration(`PT${'1'.repeat(200_000)}`)).toBeUndefined()
  })
})

describe('duration', () => {
  test('answers what parseDuration does', () => {
    expect(duration('1.5h')).toBe(5_400_000)
    expect(duration(0)).toBe(0)
  })

  test('throws at a programmer who writes something else, and says what to write', () => {
    expect(() => duration('5 minutes')).toThrow(
      new TypeError('"5 minutes" is no duration: write milliseconds, "30s", "5m" or "PT5M"'),
    )
    expect(() => duration(-1)).toThrow(TypeError)
  })
})
