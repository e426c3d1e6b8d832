import { readValue, readValues } from './cron-field.ts'
import { exampleWith, forms, refused, splitCron } from './cron-text.ts'

/** One day of the week in each month: the first to the fifth, or the last one. Days count from Sunday, 0. */
export interface DayInMonth {
  readonly day: number
  readonly nth: 1 | 2 | 3 | 4 | 5 | 'last'
}

/** What a cron expression means: the values of each field in order. Of the two kinds of days, one at most leaves any out. */
export interface Cron {
  readonly minute: readonly number[]
  readonly hour: readonly number[]
  readonly dayOfMonth: readonly number[] | 'last'
  readonly month: readonly number[]
  /** Sunday is 0. */
  readonly dayOfWeek: readonly number[] | DayInMonth
}

const NTH = /^([^#]+)#([1-5])$/
const LAST = /^([^#,-]+)L$/
const LONGEST_MONTHS = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
export const MONTH_NAMES: readonly string[] = ['January', 'February', 'March', 'April', 'May', 'June'].concat([
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
])

/**
 * Reads a cron expression of five fields. Only what means the same on both backends is accepted: EventBridge Scheduler holds one
 * kind of days at most, and one day alone with `#` or `L`.
 * @see https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html#cron-based
 * @throws PulseError `invalid` at `/cron`, with what is wrong and an example that works
 */
export function readCron(text: string): Cron {
  const [minute, hour, dayOfMonth, month, dayOfWeek] = splitCron(text)
  const cron: Cron = {
    minute: readValues(forms.minute, minute),
    hour: readValues(forms.hour, hour),
    dayOfMonth: dayOfMonth === 'L' ? 'last' : readValues(forms.dayOfMonth, dayOfMonth),
    month: readValues(forms.month, month),
    dayOfWeek: readDayOfWeek(dayOfWeek),
  }
  if (!isEveryDayOfMonth(cron) && !isEveryDayOfWeek(cron)) {
    const detail = `limits the day of the month ("${dayOfMonth}") and the day of the week ("${dayOfWeek}")`
    throw refused(`${detail}: make a schedule for each, with * in the other field`, `0 3 1 * *" and "0 3 * * MON`)
  }
  checkDates(cron)
  return cron
}

/** The expression as it is kept: one spelling for the same text. */
export function canonicalCron(text: string): string {
  return splitCron(text).join(' ')
}

export function isEveryDayOfMonth({ dayOfMonth }: Cron): boolean {
  return dayOfMonth !== 'last' && dayOfMonth.length === 31
}

export function isEveryDayOfWeek({ dayOfWeek }: Cron): boolean {
  return 'length' in dayOfWeek && dayOfWeek.length === 7
}

function readDayOfWeek(text: string): Cron['dayOfWeek'] {
  const [, day = '', nth] = NTH.exec(text) ?? []
  if (nth !== undefined) {
    // The pattern lets only these digits through.
    return { day: readValue(forms.dayOfWeek, day) % 7, nth: Number(nth) as 1 | 2 | 3 | 4 | 5 }
  }
  const [, last] = LAST.exec(text) ?? []
  if (last !== undefined) return { day: readValue(forms.dayOfWeek, last) % 7, nth: 'last' }
  return readValues(forms.dayOfWeek, text)
}

/** A date that no year has would make every search for it run to its end. */
function checkDates({ dayOfMonth, month }: Cron): void {
  if (dayOfMonth === 'last') return
  const [first = 1] = dayOfMonth
  if (month.some(each => (LONGEST_MONTHS[each - 1] ?? 0) >= first)) return
  const names = month.map(each => MONTH_NAMES[each - 1]).join(' and ')
  const detail = `never happens: ${names} ${month.length === 1 ? 'has' : 'have'} no day ${first}`
  throw refused(
    `${detail}: name another day, or the last one`,
    exampleWith(forms.dayOfMonth, 'L').replace('* *', `${month[0]} *`),
  )
}
