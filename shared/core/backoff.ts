import { duration } from './duration.ts'

/** A length of time: milliseconds, or a text such as `30s` or `PT5M`. */
export type Duration = number | string

/** How long to wait before the next attempt. `attempt` below is the number of the one that failed, from 1. */
export type BackoffSpec = BackoffKind | BackoffOptions
export type BackoffKind = 'quadratic' | 'linear' | 'exponential' | 'fixed'

export type BackoffOptions = (
  | { readonly kind: 'fixed'; readonly delay?: Duration }
  | { readonly kind: 'linear'; readonly delay?: Duration }
  | { readonly kind: 'quadratic'; readonly delay?: Duration }
  | { readonly kind: 'exponential'; readonly delay?: Duration; readonly factor?: number }
  | { readonly kind: 'list'; readonly delays: readonly Duration[] }
) & {
  /** Longest delay; one hour by default. */
  readonly cap?: Duration
  /** `full` (default) draws from 0 to the delay, `none` takes the delay itself. */
  readonly jitter?: 'full' | 'none'
}

/** A backoff written in code; answers a duration. */
export type BackoffFunction = (attempt: number, error: { name: string; message: string }) => Duration

export const DEFAULT_BACKOFF: BackoffSpec = 'quadratic'
const DEFAULT_DELAY_MS = 1_000
const DEFAULT_CAP_MS = 3_600_000
/** No delay is longer, whatever was asked for: times remain dates, and beyond it a mistake in units is likelier than a plan. */
export const LONGEST_DELAY_MS = 365 * 86_400_000

/**
 * The delay before the next attempt, in whole milliseconds: never NaN, negative or above the cap (H49).
 * @param random from 0 (inclusive) to 1 (exclusive), drawn by the caller
 */
export function backoffDelay(
  spec: BackoffSpec | BackoffFunction,
  attempt: number,
  random: number,
  error = { name: 'Error', message: '' },
): number {
  if (typeof spec === 'function') return clamp(functionDelay(spec, attempt, error), DEFAULT_CAP_MS)
  const options: BackoffOptions = typeof spec === 'string' ? { kind: spec } : spec
  const delay = clamp(plainDelay(options, attempt), options.cap === undefined ? DEFAULT_CAP_MS : duration(options.cap))
  return options.jitter === 'none' ? delay : Math.floor(random * (delay + 1))
}

function plainDelay(options: BackoffOptions, attempt: number): number {
  if (options.kind === 'list') {
    const delay = options.delays[Math.min(attempt, options.delays.length) - 1]
    return delay === undefined ? DEFAULT_DELAY_MS : duration(delay)
  }
  const base = options.delay === undefined ? DEFAULT_DELAY_MS : duration(options.delay)
  if (base === 0) return 0
  switch (options.kind) {
    case 'fixed':
      return base
    case 'linear':
      return base * attempt
    case 'quadratic':
      return base * attempt * attempt
    case 'exponential':
      return base * (options.factor ?? 2) ** (attempt - 1)
  }
}

/** A backoff of the user's that throws or answers nonsense must not keep the task from its retry. */
function functionDelay(compute: BackoffFunction, attempt: number, error: { name: string; message: string }): number {
  try {
    return duration(compute(attempt, error))
  } catch {
    return DEFAULT_DELAY_MS * attempt * attempt
  }
}

function clamp(delayMs: number, capMs: number): number {
  const cap = Math.min(capMs, LONGEST_DELAY_MS)
  if (Number.isNaN(delayMs)) return cap
  return Math.max(0, Math.min(Math.round(delayMs), cap))
}

const kinds: readonly string[] = ['fixed', 'linear', 'quadratic', 'exponential', 'list']

/**
 * Checks a backoff that a programmer wrote: a mistake must not wait for the first failure to show.
 * @throws TypeError
 */
export function checkBackoff(backoff: BackoffSpec | BackoffFunction): void {
  if (typeof backoff === 'function') return
  const options: BackoffOptions = typeof backoff === 'string' ? { kind: backoff } : backoff
  if (!kinds.includes(options.kind))
    throw new TypeError(`"${options.kind}" is no kind of backoff: choose ${kinds.join(', ')}, or a function`)
  const delays = options.kind === 'list' ? options.delays : [options.delay]
  for (const each of [...delays, options.cap]) if (each !== undefined) duration(each)
  if (options.kind === 'exponential' && options.factor !== undefined && !(options.factor > 0)) {
    throw new TypeError('the factor of an exponential backoff must be above 0')
  }
}
