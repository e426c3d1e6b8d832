/**
 * A slow calendar to compare with: it reads Intl's clock minute by minute and asks five plain tables whether the minute matches. It
 * shares no code with the calendar under test, and knows no offsets.
 */

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS

const WORDS: Readonly<Record<string, number>> = {
  ...{ JAN: 1, FEB: 2, MAR: 3, APR: 4, MAY: 5, JUN: 6, JUL: 7, AUG: 8, SEP: 9, OCT: 10, NOV: 11, DEC: 12 },
  ...{ SUN: 0, MON: 1, TUE: 2, WED: 3, THU: 4, FRI: 5, SAT: 6 },
}

/** Whether an expression of five fields matches a minute of the day, and a date. */
export interface Matcher {
  readonly minutes: readonly boolean[]
  day(date: Date): boolean
}

export function matcherOf(expression: string): Matcher {
  const [minute = '', hour = '', dayOfMonth = '', month = '', dayOfWeek = ''] = expression.toUpperCase().split(' ')
  const days = new Map<number, boolean>()
  const matches = (date: Date) =>
    hits(month, date.getUTCMonth() + 1, 1, 12) && hitsDayOfMonth(dayOfMonth, date) && hitsDayOfWeek(dayOfWeek, date)
  return {
    minutes: Array.from(
      { length: 1_440 },
      (_, at) => hits(minute, at % 60, 0, 59) && hits(hour, (at - (at % 60)) / 60, 0, 23),
    ),
    day: date => {
      const known = days.get(date.getTime()) ?? matches(date)
      days.set(date.getTime(), known)
      return known
    },
  }
}

function hits(field: string, value: number, min: number, max: number): boolean {
  return field.split(',').some(part => {
    const [range = '', step = '1'] = part.split('/')
    const [from = '', to = from] = range === '*' ? [`${min}`, `${max}`] : range.split('-')
    const [low, high] = [WORDS[from] ?? Number(from), WORDS[to] ?? Number(to)]
    return value >= low && value <= high && (value - low) % Number(step) === 0
  })
}

function hitsDayOfMonth(field: string, date: Date): boolean {
  return field === 'L' ? isLast(date, 1) : hits(field, date.getUTCDate(), 1, 31)
}

function hitsDayOfWeek(field: string, date: Date): boolean {
  const day = date.getUTCDay()
  const [word = '', nth] = field.split('#')
  if (nth !== undefined) return is(day, word) && Math.ceil(date.getUTCDate() / 7) === Number(nth)
  if (/.L$/.test(field)) return is(day, field.slice(0, -1)) && isLast(date, 7)
  // Sunday is the first day of the week and the last one.
  return (
    hits(field, day, 0, 6) ||
    (day === 0 && field !== '*' && !/^\*/.test(field) && hits(field.replace(/-SUN/g, '-7'), 7, 0, 6))
  )
}

function is(day: number, word: string): boolean {
  return day === (WORDS[word] ?? Number(word)) % 7
}

/** Whether so many days later it is another month. */
function isLast(date: Date, days: number): boolean {
  return new Date(date.getTime() + days * DAY_MS).getUTCMonth() !== date.getUTCMonth()
}

/** A zone's clock, read off. */
export function clockOf(timeZone: string): (instant: number) => number {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    ...{ year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric' },
  })
  return instant => {
    const [month = 0, day = 0, year = 0, hour = 0, minute = 0] = format.format(instant).split(/\D+/).map(Number)
    return Date.UTC(year, month - 1, day, hour, minute)
  }
}

/** One minute in a zone: when it begins, and what the clock shows. */
export interface ShownMinute {
  readonly at: number
  readonly wall: number
}

/** Every minute in [`from`, `to`] of which the clock had not shown the like within two days before. Both are whole hours. */
export function minutesBetween(timeZone: string, from: number, to: number): readonly ShownMinute[] {
  const read = clockOf(timeZone)
  const seen = new Set<number>()
  const minutes: ShownMinute[] = []
  for (let hour = from - 2 * DAY_MS; hour <= to; hour += HOUR_MS) {
    const first = read(hour)
    // When the hour's last minute shows 59 minutes more, the clock was not changed within the hour: then what lies between is plain.
    const isPlain = read(hour + 59 * MINUTE_MS) - first === 59 * MINUTE_MS
    for (let minute = 0; minute < 60; minute++) {
      const at = hour + minute * MINUTE_MS
      const wall = isPlain ? first + minute * MINUTE_MS : read(at)
      if (!seen.has(wall) && at >= from && at <= to) minutes.push({ at, wall })
      seen.add(wall)
    }
  }
  return minutes
}

/** Those of the minutes that an expression names. */
export function matching(minutes: readonly ShownMinute[], { minutes: table, day }: Matcher): number[] {
  const found: number[] = []
  for (const { at, wall } of minutes) {
    const ofDay = wall % DAY_MS
    if (table[ofDay / MINUTE_MS] && day(new Date(wall - ofDay))) found.push(at)
  }
  return found
}

/** The hours, of UTC, in which a zone's clock is changed. */
export function changesOf(timeZone: string, from: number, to: number): readonly number[] {
  const read = clockOf(timeZone)
  const offset = (at: number) => read(at) - at
  const search = (start: number, end: number, step: number, found: number[] = []) => {
    for (let at = start; at < end; at += step) {
      if (offset(at) === offset(Math.min(at + step, end))) continue
      if (step === HOUR_MS) found.push(at)
      else search(at, Math.min(at + step, end), step === 5 * DAY_MS ? DAY_MS : HOUR_MS, found)
    }
    return found
  }
  return search(from, to, 5 * DAY_MS)
}
