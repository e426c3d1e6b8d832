import { invalidField, PulseError } from '../core/errors.ts'
import type { Instant } from '../core/task.ts'
import { canonicalCron, readCron } from './cron.ts'
import { refused } from './cron-text.ts'
import { readTimeZone } from './time-zone.ts'
import { nextZoneTime } from './zone-times.ts'

/** When something is to happen: once, at a steady pace, or by the wall clock of a time zone. */
export type Rule =
  | { readonly kind: 'at'; readonly at: Instant }
  /** `at` is the time of the request that set it plus `afterMs`, and fixed with it. */
  | { readonly kind: 'after'; readonly afterMs: number; readonly at: Instant }
  /** Happens at `anchor` + n · `everyMs`, n ≥ 1. */
  | { readonly kind: 'every'; readonly everyMs: number; readonly anchor: Instant }
  /** Five fields, read on the wall clock of an IANA time zone. */
  | { readonly kind: 'cron'; readonly expression: string; readonly timeZone: string }

/** Whether it happens once and never again. */
export function isOnce(rule: Rule): rule is Rule & { readonly kind: 'at' | 'after' } {
  return rule.kind === 'at' || rule.kind === 'after'
}

/** What a caller may write, already parsed in form: durations in milliseconds, times as instants. */
export interface RuleRequest {
  readonly at?: Instant | undefined
  readonly afterMs?: number | undefined
  readonly everyMs?: number | undefined
  readonly cron?: string | undefined
  readonly timeZone?: string | undefined
}

export const SHORTEST_INTERVAL_MS = 1_000
export const LONGEST_INTERVAL_MS = 365 * 86_400_000
/** How far ahead something that happens once may lie: ten years. */
export const LONGEST_AHEAD_MS = 3_650 * 86_400_000
/** Clocks differ, and requests take time: `at` may be as much in the past when it arrives. */
export const LATEST_MS = 60_000

/**
 * The rule that a request describes.
 * @param now the time of the request, from which `after` and `every` count
 * @throws PulseError `invalid`, naming the field (`/cron`, `/every`, `/timeZone`, `/at`, `/after`; none when there is no rule at all)
 * with what is wrong and an example that works
 */
export function readRule(request: RuleRequest, now: Instant): Rule {
  const { at, afterMs, everyMs, cron, timeZone } = request
  checkChoice(request)
  if (cron !== undefined) return cronRule(cron, timeZone ?? 'UTC', now)
  if (timeZone !== undefined) {
    throw invalidField(
      '/timeZone',
      'goes with "cron" only: a time says its offset itself, such as "2027-03-01T09:00:00+01:00"',
    )
  }
  if (at !== undefined) return { kind: 'at', at: checkAt(at, now) }
  if (afterMs !== undefined) return { kind: 'after', afterMs, at: now + checkAfter(afterMs) }
  return { kind: 'every', everyMs: checkEvery(everyMs ?? Number.NaN), anchor: now }
}

/** One of the four, no more and no less. */
function checkChoice({ at, afterMs, everyMs, cron }: RuleRequest): void {
  const given = Object.entries({ at, after: afterMs, every: everyMs, cron }).filter(([, value]) => value !== undefined)
  const [first, second] = given.map(([name]) => name)
  if (second !== undefined) {
    throw invalidField(`/${second}`, `cannot go with "${first}": write one of "at", "after", "every" and "cron"`)
  }
  if (first !== undefined) return
  const detail = 'nothing says when: write one of "at", "after", "every" and "cron", such as "every": "10m"'
  throw new PulseError('invalid', detail, { errors: [{ pointer: '', detail }] })
}

function checkAt(at: Instant, now: Instant): Instant {
  const example = new Date(Math.ceil(now / 60_000) * 60_000 + 3_600_000).toISOString()
  if (!(at >= now - LATEST_MS)) throw invalidField('/at', `must be in the future, such as "${example}"`)
  if (at > now + LONGEST_AHEAD_MS) throw invalidField('/at', `must be within ten years, such as "${example}"`)
  return at
}

function checkAfter(afterMs: number): number {
  if (Number.isSafeInteger(afterMs) && afterMs >= 0 && afterMs <= LONGEST_AHEAD_MS) return afterMs
  throw invalidField('/after', 'must be between nothing and ten years (3650d), such as "10m"')
}

function checkEvery(everyMs: number): number {
  const inRange = everyMs >= SHORTEST_INTERVAL_MS && everyMs <= LONGEST_INTERVAL_MS
  if (inRange && everyMs % 1_000 === 0) return everyMs
  throw invalidField('/every', 'must be whole seconds, from 1s to 365d, such as "90s"')
}

function cronRule(text: string, zone: string, now: Instant): Rule {
  readCron(text)
  const rule = { kind: 'cron', expression: canonicalCron(text), timeZone: readTimeZone(zone) } as const
  // A date that no year has was refused already; what is left are times that a zone's clock skips each time.
  if (nextZoneTime(rule.expression, rule.timeZone, now, Number.POSITIVE_INFINITY) !== undefined) return rule
  throw refused(`never happens: the clock of ${rule.timeZone} skips each such time: name another hour`, '0 4 * * *')
}
