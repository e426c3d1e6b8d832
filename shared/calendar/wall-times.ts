import { Cron as Croner } from 'croner'
import { type Cron, isEveryDayOfMonth, isEveryDayOfWeek, readCron } from './cron.ts'
import { forms } from './cron-text.ts'

const MINUTE_MS = 60_000

/** A time as a clock on a wall shows it, written as the milliseconds at which a clock in UTC shows the same. */
export type WallTime = number

/** When a cron expression matches, on a clock that is never put forward or back. */
export interface WallTimes {
  /** The first at or after `from`. */
  next(from: WallTime): WallTime | undefined
  /** The last at or before `before`. */
  latest(before: WallTime): WallTime | undefined
}

const MOST_KEPT = 1_000
const kept = new Map<string, WallTimes>()

/**
 * Reading an expression costs more than finding an occurrence, so what was read is kept.
 * @throws PulseError `invalid` at `/cron`
 */
export function wallTimesOf(expression: string): WallTimes {
  const found = kept.get(expression)
  if (found) return found
  if (kept.size >= MOST_KEPT) kept.clear()
  const made = search(readCron(expression))
  kept.set(expression, made)
  return made
}

/**
 * croner gets the values that were read, never the caller's text: one reading decides what an expression means, here and on AWS.
 * It gets no zone either. With one it would run times of a gap after the gap, and interval jobs twice in an overlap
 * (https://croner.56k.guru/usage/timezones/), which is not what EventBridge Scheduler does.
 */
function search(cron: Cron): WallTimes {
  const croner = new Croner(cronerPattern(cron), { mode: '5-part', utcOffset: 0 })
  return {
    next: from => croner.nextRun(new Date((Math.ceil(from / MINUTE_MS) - 1) * MINUTE_MS))?.getTime(),
    latest: before => croner.previousRuns(1, new Date((Math.floor(before / MINUTE_MS) + 1) * MINUTE_MS))[0]?.getTime(),
  }
}

function cronerPattern(cron: Cron): string {
  const { minute, hour, dayOfMonth, month, dayOfWeek } = cron
  const days = isEveryDayOfMonth(cron) ? '*' : dayOfMonth === 'last' ? 'L' : dayOfMonth.join(',')
  const week = isEveryDayOfWeek(cron)
    ? '*'
    : 'length' in dayOfWeek
      ? dayOfWeek.join(',')
      : dayOfWeek.nth === 'last'
        ? `${dayOfWeek.day}L`
        : `${dayOfWeek.day}#${dayOfWeek.nth}`
  return [list(minute, forms.minute), list(hour, forms.hour), days, list(month, forms.month), week].join(' ')
}

function list(values: readonly number[], { min, max }: { readonly min: number; readonly max: number }): string {
  return values.length > max - min ? '*' : values.join(',')
}
