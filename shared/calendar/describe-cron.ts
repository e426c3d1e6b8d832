import { type Cron, isEveryDayOfMonth, isEveryDayOfWeek, MONTH_NAMES, readCron } from './cron.ts'
import { describeTimes } from './describe-times.ts'
import { runsOf, steadyStep, wordsOf } from './number-words.ts'

const DAY_NAMES = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday']
const PLACES = { 1: 'first', 2: 'second', 3: 'third', 4: 'fourth', 5: 'fifth', last: 'last' } as const
/** So many days at a steady distance are better told by their distance. */
const MANY_DAYS = 6

/**
 * A cron expression in plain English. It is told by its values and not by its letters: a step begins anew with each hour, day, month
 * and year, so that few steps are "every so many".
 */
export function describeCron(expression: string): string {
  const cron = readCron(expression)
  const times = describeTimes(cron)
  const days = isEveryDayOfMonth(cron) ? describeDaysOfWeek(cron) : describeDaysOfMonth(cron)
  const everyDay = days === '' && /^At \d\d:\d\d/.test(times) ? ' every day' : ''
  return `${times}${everyDay}${days}${describeMonths(cron)}`
}

function describeDaysOfMonth({ dayOfMonth }: Cron): string {
  if (dayOfMonth === 'last') return ', on the last day of the month'
  const step = steadyStep(dayOfMonth)
  if (step !== undefined && step > 1 && dayOfMonth.length >= MANY_DAYS)
    return `, every ${step} days from day ${dayOfMonth[0]} through ${dayOfMonth.at(-1)} of the month`
  return `, on day${dayOfMonth.length === 1 ? '' : 's'} ${wordsOf(dayOfMonth)} of the month`
}

function describeDaysOfWeek(cron: Cron): string {
  const { dayOfWeek } = cron
  if (isEveryDayOfWeek(cron)) return ''
  if ('nth' in dayOfWeek) return `, on the ${PLACES[dayOfWeek.nth]} ${DAY_NAMES[dayOfWeek.day]} of the month`
  return among('on', inWeekOrder(dayOfWeek), day => DAY_NAMES[day % 7] ?? '')
}

/** Monday comes first; a single run begins where it begins, such as from Friday through Sunday or from Sunday through Thursday. */
function inWeekOrder(days: readonly number[]): readonly number[] {
  const starts = days.filter(day => !days.includes((day + 6) % 7))
  const first = starts.length === 1 && days.length > 2 ? (starts[0] ?? 1) : 1
  return days.map(day => (day < first ? day + 7 : day)).sort((a, b) => a - b)
}

function describeMonths({ month }: Cron): string {
  return month.length === 12 ? '' : among('in', month, each => MONTH_NAMES[each - 1] ?? '')
}

function among(preposition: 'in' | 'on', values: readonly number[], name: (value: number) => string): string {
  const isRange = values.length > 2 && runsOf(values).length === 1
  return `, ${isRange ? '' : `only ${preposition} `}${wordsOf(values, name)}`
}
