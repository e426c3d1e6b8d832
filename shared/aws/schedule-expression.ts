import { type Cron, isEveryDayOfMonth, isEveryDayOfWeek, readCron } from '../calendar/cron.ts'
import { DAYS, forms } from '../calendar/cron-text.ts'
import { nextOccurrence } from '../calendar/occurrences.ts'
import type { Rule } from '../calendar/rule.ts'
import type { Instant } from '../core/task.ts'

const SECOND_MS = 1_000
const MINUTE_MS = 60_000

/** How EventBridge Scheduler is told of a rule: its expression, the zone in which it reads that, and its StartDate. */
export interface ScheduleExpression {
  /** At most 256 characters, as ScheduleExpression takes. */
  readonly expression: string
  readonly timeZone: string
  readonly startAt?: Instant
}

/**
 * A rule as EventBridge Scheduler has it. It fires within the minute that it is told, on UTC for everything but cron.
 * @param now when given, the first fire of a steady pace is the next one from then on: a StartDate that has passed for more than five
 * minutes is refused
 * @see https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
 */
export function scheduleExpression(rule: Rule, now: Instant = Number.NEGATIVE_INFINITY): ScheduleExpression {
  switch (rule.kind) {
    case 'at':
    case 'after':
      return { expression: `at(${secondOf(rule.at)})`, timeZone: 'UTC' }
    case 'every':
      return paceOf(rule, now)
    case 'cron':
      return { expression: `cron(${fieldsOf(readCron(rule.expression))})`, timeZone: rule.timeZone }
  }
}

/** There are no fractions of a second; what is early would find nothing due. */
function secondOf(at: Instant): string {
  return new Date(Math.ceil(at / SECOND_MS) * SECOND_MS).toISOString().slice(0, 19)
}

/** What no whole minutes make up is fired each minute, and each fire opens the minute that follows it. */
function paceOf(rule: Rule & { readonly kind: 'every' }, now: Instant): ScheduleExpression {
  const minutes = rule.everyMs / MINUTE_MS
  if (!Number.isInteger(minutes)) return { expression: 'rate(1 minute)', timeZone: 'UTC' }
  const first = nextOccurrence(rule, Math.max(now, rule.anchor)) ?? rule.anchor + rule.everyMs
  // A rate fires from its StartDate on, to the minute. Rounded up, no fire comes before the occurrence that it stands for.
  const startAt = Math.ceil(first / MINUTE_MS) * MINUTE_MS
  return { expression: `rate(${minutes} minute${minutes === 1 ? '' : 's'})`, timeZone: 'UTC', startAt }
}

/** Six fields, the last one for years. One of the two fields of days has to be `?`. */
function fieldsOf(cron: Cron): string {
  const byWeek = !isEveryDayOfWeek(cron)
  return [
    valuesOf(cron.minute, forms.minute),
    valuesOf(cron.hour, forms.hour),
    byWeek ? '?' : cron.dayOfMonth === 'last' ? 'L' : valuesOf(cron.dayOfMonth, forms.dayOfMonth),
    valuesOf(cron.month, forms.month),
    isEveryDayOfMonth(cron) && byWeek ? daysOf(cron.dayOfWeek) : '?',
    '*',
  ].join(' ')
}

/** EventBridge counts days from 1, Sunday; names leave no doubt, but with `#` and `L` only numbers are documented. */
function daysOf(days: Cron['dayOfWeek']): string {
  if ('nth' in days) return days.nth === 'last' ? `${days.day + 1}L` : `${days.day + 1}#${days.nth}`
  return runsOf(days, day => DAYS[day] ?? `${day + 1}`)
}

/** Steps only in the form that is documented, from a value to the end of the field. */
function valuesOf(values: readonly number[], { min, max }: { readonly min: number; readonly max: number }): string {
  if (values.length > max - min) return '*'
  const [first = min, second = first] = values
  const step = second - first
  const isStep =
    step > 1 && first + values.length * step > max && values.every((value, index) => value === first + index * step)
  return isStep && (values.length > 2 || first === min) ? `${first}/${step}` : runsOf(values, String)
}

/** A list in which three or more that follow one another are a range. */
function runsOf(values: readonly number[], name: (value: number) => string): string {
  const runs: number[][] = []
  for (const value of values) {
    const run = runs.at(-1)
    if (run && run.at(-1) === value - 1) run.push(value)
    else runs.push([value])
  }
  return runs
    .flatMap(run => (run.length > 2 ? [`${name(run[0] ?? 0)}-${name(run.at(-1) ?? 0)}`] : run.map(name)))
    .join(',')
}
