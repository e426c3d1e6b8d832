import type { Instant } from './task.ts'

/** Failed tries of one bucket, such as an account from one network. */
export interface Failures {
  readonly count: number
  /** When the latest began. */
  readonly at: Instant
  /** No further try before this. */
  readonly until: Instant
}

export interface ThrottleRule {
  /** Failures that cost no time. */
  readonly free: number
  /** Longest time between two tries; as long after the latest one all are forgotten. */
  readonly longestMs: number
}

const FIRST_DELAY_MS = 1_000

/**
 * Charges a try before it is made, so that many at once are not all let in; who succeeds gets it back. Each failure beyond the free ones
 * doubles the time until the next try, and there is never a lock that only time or a person opens (SEC-5).
 * @returns what to store, or how long to wait
 */
export function charge(
  failures: Failures | undefined,
  { free, longestMs }: ThrottleRule,
  now: Instant,
): { readonly failures: Failures } | { readonly retryAfterMs: number } {
  const before = failures && now - failures.at <= longestMs ? failures : undefined
  if (before && before.until > now) return { retryAfterMs: before.until - now }
  const count = (before?.count ?? 0) + 1
  const delayMs = count < free ? 0 : Math.min(longestMs, FIRST_DELAY_MS * 2 ** Math.min(count - free, 30))
  return { failures: { count, at: now, until: now + delayMs } }
}
