import type { Instant } from './task.ts'

/** So many within a time, at once or spread over it: the generic cell rate algorithm (GCRA). */
export interface LimitRule {
  readonly limit: number
  readonly windowMs: number
}

/** What a bucket answers. */
export interface Taken {
  readonly allowed: boolean
  /** What may still be taken at once. */
  readonly remaining: number
  /** Milliseconds until the bucket is full again. */
  readonly resetMs: number
  /** Milliseconds until as much as was asked for may be taken; 0 when it was. */
  readonly retryAfterMs: number
}

/**
 * A bucket is one number: the time at which it is full again. Taking moves it ahead, and it may not be further ahead than the whole
 * bucket takes to fill.
 * @param fullAt what is stored; absent for a bucket that nobody has used
 * @returns what the caller is told, and the number to store when it is allowed
 */
export function take(
  fullAt: Instant | undefined,
  rule: LimitRule,
  cost: number,
  now: Instant,
): Taken & { readonly fullAt: Instant } {
  const interval = intervalOf(rule)
  const before = Math.max(fullAt ?? now, now)
  const after = before + cost * interval
  const latest = now + rule.limit * interval
  const allowed = after <= latest
  const kept = allowed ? after : before
  return {
    allowed,
    fullAt: kept,
    remaining: Math.max(0, Math.floor((latest - kept) / interval)),
    resetMs: kept - now,
    retryAfterMs: allowed ? 0 : after - latest,
  }
}

/**
 * Milliseconds that one unit takes to come back: whole ones, so that stores compare integers. Rounded up, which makes a rule stricter by
 * less than a millisecond a unit; how many may be taken at once stays exact.
 */
export function intervalOf({ limit, windowMs }: LimitRule): number {
  return Math.ceil(windowMs / limit)
}

/** @throws TypeError for a rule that whole milliseconds cannot keep */
export function checkRule(rule: LimitRule): LimitRule {
  const { limit, windowMs } = rule
  if (Number.isSafeInteger(limit) && Number.isSafeInteger(windowMs) && limit >= 1 && limit <= windowMs) return rule
  throw new TypeError(`a limit of ${limit} per ${windowMs} ms cannot be kept: at most one per millisecond`)
}
