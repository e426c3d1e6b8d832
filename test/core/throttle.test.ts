import { describe, expect, test } from 'vitest'
import { charge, type Failures } from '../../shared/core/throttle.ts'
import { at } from '../helpers/clock.ts'

const rule = { free: 3, longestMs: 20_000 }

/** Charges until it is refused, always as soon as it may. */
function delays(count: number): number[] {
  let failures: Failures | undefined
  let now = at('10:00:00')
  return Array.from({ length: count }, () => {
    const charged = charge(failures, rule, now)
    if (!('failures' in charged)) throw new Error('tried too early')
    failures = charged.failures
    const delay = failures.until - now
    now = failures.until
    return delay
  })
}

describe('SEC-5 tries that fail', () => {
  test('cost no time at first, then twice as long each, and never longer than the longest', () => {
    expect(delays(9)).toEqual([0, 0, 1_000, 2_000, 4_000, 8_000, 16_000, 20_000, 20_000])
  })

  test('are refused until their time has come, which is told', () => {
    const failures: Failures = { count: 4, at: at('10:00:00'), until: at('10:00:02') }
    expect(charge(failures, rule, at('10:00:02') - 1)).toEqual({ retryAfterMs: 1 })
    expect(charge(failures, rule, at('10:00:00'))).toEqual({ retryAfterMs: 2_000 })
    expect(charge(failures, rule, at('10:00:02'))).toMatchObject({ failures: { count: 5 } })
  })

  test('are forgotten after the longest time without one', () => {
    const failures: Failures = { count: 40, at: at('10:00:00'), until: at('10:00:20') }
    expect(charge(failures, rule, at('10:00:20'))).toMatchObject({ failures: { count: 41 } })
    expect(charge(failures, rule, at('10:00:20') + 1)).toEqual({
      failures: { count: 1, at: at('10:00:20') + 1, until: at('10:00:20') + 1 },
    })
  })
})
