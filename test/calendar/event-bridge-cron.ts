/**
 * Reads a cron expression as EventBridge Scheduler’s documentation has it, and names the dates and minutes that it means on a clock
 * without time zone. It knows nothing of the translation that it checks, and refuses whatever is not documented.
 * https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html#cron-based
 */

const DAY_MS = 86_400_000
const DAYS = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT']

export interface EventBridgeCron {
  readonly minutes: readonly number[]
  readonly hours: readonly number[]
  day(date: Date): boolean
}

export function readEventBridgeCron(expression: string): EventBridgeCron {
  const [, inner = ''] = /^cron\((.*)\)$/.exec(expression) ?? []
  const fields = inner.split(' ')
  const [minute = '', hour = '', dayOfMonth = '', month = '', dayOfWeek = '', year] = fields
  if (fields.length !== 6 || year !== '*' || expression.length > 256) throw new Error(`not six fields: ${expression}`)
  if ((dayOfMonth === '?') === (dayOfWeek === '?')) throw new Error(`one field of days has to be "?": ${expression}`)
  const months = numbers(month, 1, 12)
  return {
    minutes: numbers(minute, 0, 59),
    hours: numbers(hour, 0, 23),
    day: date =>
      months.includes(date.getUTCMonth() + 1) &&
      (dayOfMonth === '?' ? isOfWeek(dayOfWeek, date) : isOfMonth(dayOfMonth, date)),
  }
}

/** The first matches after an instant, on a clock in UTC. */
export function matchesAfter({ minutes, hours, day }: EventBridgeCron, after: number, count: number): number[] {
  const found: number[] = []
  const midnight = after - (after % DAY_MS)
  for (let date = midnight; found.length < count && date < midnight + 30_000 * DAY_MS; date += DAY_MS) {
    if (!day(new Date(date))) continue
    for (const hour of hours) {
      for (const minute of minutes) {
        const at = date + (hour * 60 + minute) * 60_000
        if (at > after && found.length < count) found.push(at)
      }
    }
  }
  return found
}

function numbers(field: string, min: number, max: number): number[] {
  const all = Array.from({ length: max - min + 1 }, (_, index) => min + index)
  if (field === '*') return all
  const parts = field.split(',').map(part => {
    const [, from = '', mark, to] = /^(\d+)(?:([-/])(\d+))?$/.exec(part) ?? []
    const [start, end] = [Number(from), Number(to ?? from)]
    if (from === '' || start < min || start > max) throw new Error(`"${part}" is not documented`)
    if (mark === '/') return all.filter(value => value >= start && (value - start) % end === 0)
    if (end < start || end > max) throw new Error(`"${part}" is out of range`)
    return all.filter(value => value >= start && value <= end)
  })
  return all.filter(value => parts.some(part => part.includes(value)))
}

function isOfMonth(field: string, date: Date): boolean {
  if (field === 'L') return new Date(date.getTime() + DAY_MS).getUTCDate() === 1
  return numbers(field, 1, 31).includes(date.getUTCDate())
}

/** Days are names, or numbers of which 1 is Sunday; of one day alone, the first to the fifth or the last of the month. */
function isOfWeek(field: string, date: Date): boolean {
  if (field === '*') return true
  const [, nthDay, nth, lastDay] = /^([1-7])#([1-5])$|^([1-7])L$/.exec(field) ?? []
  const day = date.getUTCDay() + 1
  if (nthDay !== undefined) return day === Number(nthDay) && Math.floor((date.getUTCDate() - 1) / 7) + 1 === Number(nth)
  if (lastDay !== undefined) {
    return day === Number(lastDay) && new Date(date.getTime() + 7 * DAY_MS).getUTCMonth() !== date.getUTCMonth()
  }
  return field.split(',').some(part => {
    const [first, last] = part.split('-').map(name => DAYS.indexOf(name))
    if (first === undefined || first < 0 || last === -1) throw new Error(`"${part}" is not documented`)
    return date.getUTCDay() >= first && date.getUTCDay() <= (last ?? first)
  })
}
