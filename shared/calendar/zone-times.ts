import type { Instant } from '../core/task.ts'
import { wallTimesOf } from './wall-times.ts'
import { MARGIN_MS, stretchAt } from './zone-clock.ts'

/**
 * How far is searched, in either direction. The longest that a rule can rest is 40 years: from 2072 to 2112 no February has five
 * Mondays, since 2100 is no leap year.
 */
const HORIZON_MS = 41 * 366 * 86_400_000
/** Beyond these, neither croner nor the rules of time zones say anything of use. */
const FIRST = Date.UTC(1970, 0, 3)
const LAST = Date.UTC(2900, 0, 1)

/**
 * The first time after `after`, and not after `until`, at which a zone's clock shows for the first time what an expression names.
 * What the clock skips is skipped; what it shows twice happens once, as EventBridge Scheduler has it
 * (https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html#daylist-savings-time).
 */
export function nextZoneTime(
  expression: string,
  timeZone: string,
  after: Instant,
  until: Instant,
): Instant | undefined {
  const start = Math.max(after, FIRST)
  const limit = Math.min(until, start + HORIZON_MS, LAST)
  if (!(start < limit)) return undefined
  const times = wallTimesOf(expression)
  let stretch = stretchAt(timeZone, start)
  let wall = times.next(Math.max(Math.floor(start) + 1 + stretch.offsetMs, stretch.firstWall))
  while (wall !== undefined) {
    if (wall < stretch.endWall) return within(wall - stretch.offsetMs, limit)
    if (stretch.end > limit) return undefined
    // Nothing matches before `wall`, so what lies in between need not be walked through.
    stretch = stretchAt(timeZone, Math.max(stretch.end, Math.min(wall - MARGIN_MS, limit)))
    if (wall < stretch.firstWall) wall = times.next(stretch.firstWall)
  }
  return undefined
}

/** The last time at or before `before`, and after `from`; otherwise as `nextZoneTime`. */
export function latestZoneTime(
  expression: string,
  timeZone: string,
  before: Instant,
  from: Instant,
): Instant | undefined {
  const start = Math.min(before, LAST)
  const limit = Math.max(from, start - HORIZON_MS, FIRST)
  if (!(limit < start)) return undefined
  const times = wallTimesOf(expression)
  let stretch = stretchAt(timeZone, start)
  let wall = times.latest(start + stretch.offsetMs)
  while (wall !== undefined) {
    if (wall >= stretch.firstWall) return wall - stretch.offsetMs > limit ? wall - stretch.offsetMs : undefined
    if (stretch.start <= limit) return undefined
    stretch = stretchAt(timeZone, Math.min(stretch.start - 1, Math.max(wall + MARGIN_MS, limit)))
    if (wall >= stretch.endWall) wall = times.latest(stretch.endWall - 1)
  }
  return undefined
}

function within(at: Instant, limit: Instant): Instant | undefined {
  return at <= limit ? at : undefined
}
