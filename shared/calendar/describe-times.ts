import type { Cron } from './cron.ts'
import { listed, runsOf, steadyStep, wordsOf } from './number-words.ts'

/** More times of a day are no list that anybody reads. */
const MOST_TIMES = 12
/** So many values at a steady distance are better told by their distance. */
const MANY_HOURS = 6
const MANY_MINUTES = 11

/** The minutes and hours of a day in words, such as "At 03:00", "Every 5 minutes, between 09:00 and 17:59". */
export function describeTimes({ minute, hour }: Pick<Cron, 'minute' | 'hour'>): string {
  const pace = wholePace(minute, 60)
  if (pace !== undefined) return `${every(pace, 'minute')}${inHours(hour)}`
  const [only] = minute
  if (only !== undefined && minute.length === 1) return atMinute(only, hour)
  const isList = minute.length * hour.length <= MOST_TIMES && !isRange(hour)
  return isList ? atTimes(minute, hour) : `${pastTheHour(minute)}${inHours(hour)}`
}

function atMinute(minute: number, hour: readonly number[]): string {
  const pace = wholePace(hour, 24)
  if (pace !== undefined && minute === 0) return every(pace, 'hour')
  if (hour.length === 24) return pastTheHour([minute])
  const step = steadyStep(hour)
  if (step !== undefined && (isRange(hour) || hour.length >= MANY_HOURS))
    return `${every(step, 'hour')}, between ${time(hour[0], minute)} and ${time(hour.at(-1), minute)}`
  return hour.length <= MOST_TIMES ? atTimes([minute], hour) : `${pastTheHour([minute])}${inHours(hour)}`
}

/** The step that hits each of `size` values alike, without a shorter or longer one where they begin anew; two are a list. */
function wholePace(values: readonly number[], size: 24 | 60): number | undefined {
  const step = steadyStep(values)
  const isWhole = values[0] === 0 && step !== undefined && step * values.length === size
  return isWhole && (size === 60 || values.length > 2) ? step : undefined
}

function every(count: number, unit: string): string {
  return count === 1 ? `Every ${unit}` : `Every ${count} ${unit}s`
}

function isRange(values: readonly number[]): boolean {
  return values.length > 2 && runsOf(values).length === 1
}

function atTimes(minutes: readonly number[], hours: readonly number[]): string {
  return `At ${listed(hours.flatMap(hour => minutes.map(minute => time(hour, minute))))}`
}

function pastTheHour(minutes: readonly number[]): string {
  const step = steadyStep(minutes) ?? 0
  if (step > 1 && minutes.length >= MANY_MINUTES)
    return `Every ${step} minutes from minute ${minutes[0]} through ${minutes.at(-1)} of the hour`
  if (isRange(minutes)) return `Minutes ${wordsOf(minutes)} past the hour`
  return `At ${wordsOf(minutes)} minute${minutes.length === 1 && minutes[0] === 1 ? '' : 's'} past the hour`
}

/** Of what happens several times an hour. */
function inHours(hours: readonly number[]): string {
  if (hours.length === 24) return ''
  const [first, ...others] = runsOf(hours)
  if (first && others.length === 0) return `, between ${time(first[0], 0)} and ${time(first[1], 59)}`
  return `, in the hours ${wordsOf(hours)}`
}

function time(hour = 0, minute = 0): string {
  return `${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}`
}
