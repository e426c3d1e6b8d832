import type { Cron } from '../../shared/calendar/cron.ts'

const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday']
const MONTHS = ['January', 'February', 'March', 'April', 'May', 'June', 'July'].concat([
  'August',
  'September',
  'October',
  'November',
  'December',
])
const NTHS = ['first', 'second', 'third', 'fourth', 'fifth']

const day = DAYS.join('|')
const month = MONTHS.join('|')
const list = (item: string) =>
  `(?:${item})(?: through (?:${item}))?(?:(?:, | and )(?:${item})(?: through (?:${item}))?)*`
const numbers = list('\\d+')
const times = list('\\d\\d:\\d\\d')

/** Each sentence that may describe the time, with the minutes and hours that a reader understands. */
const clock: readonly [RegExp, (...found: string[]) => Pick<Cron, 'minute' | 'hour'>][] = [
  [/^Every (minute|\d+ minutes)(.*)$/, (pace = '', rest = '') => ({ minute: paced(pace, 60), hour: hoursOf(rest) })],
  [
    /^Every (\d+) minutes from minute (\d+) through (\d+) of the hour(.*)$/,
    (step, from, to, rest = '') => ({ minute: stepped(from, to, step), hour: hoursOf(rest) }),
  ],
  [
    /^Every (hour|\d+ hours), between (\d\d):(\d\d) and (\d\d):(\d\d)$/,
    (pace = '', from, minute, to, same) => {
      if (minute !== same) throw new Error(`not so many whole hours: ${minute} and ${same}`)
      return { minute: [Number(minute)], hour: stepped(from, to, pace === 'hour' ? '1' : pace) }
    },
  ],
  [/^Every (hour|\d+ hours)$/, (pace = '') => ({ minute: [0], hour: paced(pace, 24) })],
  [new RegExp(`^At (${times})(?: every day)?$`), (found = '') => timesOf(found)],
  [
    new RegExp(`^(?:At|Minutes) (${numbers})(?: minutes?)? past the hour(.*)$`),
    (found = '', rest = '') => ({ minute: listed(found, Number), hour: hoursOf(rest) }),
  ],
]

const days: readonly [RegExp, (found: string) => Pick<Cron, 'dayOfMonth' | 'dayOfWeek'>][] = [
  [/, on the last day of the month$/, () => ({ dayOfMonth: 'last', dayOfWeek: upTo(0, 6) })],
  [
    new RegExp(`, on the ((?:\\w+) (?:${day})) of the month$`),
    found => {
      const [nth = '', name = ''] = found.split(' ')
      // The fifth is the last of those that have a name of their own.
      const number = NTHS.indexOf(nth) + 1
      if (number === 0 && nth !== 'last') throw new Error(`no such place in a month: ${nth}`)
      return {
        dayOfMonth: upTo(1, 31),
        dayOfWeek: { day: DAYS.indexOf(name), nth: number === 0 ? 'last' : (number as 1 | 2 | 3 | 4 | 5) },
      }
    },
  ],
  [
    /, (every \d+ days from day \d+ through \d+) of the month$/,
    found => {
      const [step, from, to] = found.match(/\d+/g) ?? []
      return { dayOfMonth: stepped(from, to, step), dayOfWeek: upTo(0, 6) }
    },
  ],
  [
    new RegExp(`, on days? (${numbers}) of the month$`),
    found => ({ dayOfMonth: listed(found, Number), dayOfWeek: upTo(0, 6) }),
  ],
  [
    new RegExp(`, (?:only on )?(${list(day)})$`),
    found => ({ dayOfMonth: upTo(1, 31), dayOfWeek: listed(found, name => DAYS.indexOf(name), 7) }),
  ],
]

/**
 * What somebody understands who has only the words: the fields of a cron expression, read by none of the code that wrote them.
 * @throws Error when a sentence is of no known form
 */
export function readDescription(text: string): Cron {
  const inMonths = new RegExp(`, (?:only in )?(${list(month)})$`).exec(text)
  const months = inMonths ? listed(inMonths[1] ?? '', name => MONTHS.indexOf(name) + 1) : upTo(1, 12)
  let rest = inMonths ? text.slice(0, inMonths.index) : text
  let onDays: Pick<Cron, 'dayOfMonth' | 'dayOfWeek'> = { dayOfMonth: upTo(1, 31), dayOfWeek: upTo(0, 6) }
  for (const [form, meaning] of days) {
    const found = form.exec(rest)
    if (!found) continue
    onDays = meaning(found[1] ?? '')
    rest = rest.slice(0, found.index)
    break
  }
  if (/ every day$/.test(rest) && text.slice(rest.length) !== (inMonths?.[0] ?? ''))
    throw new Error(`every day, and yet not: ${text}`)
  for (const [form, meaning] of clock.toReversed()) {
    const [, ...found] = form.exec(rest) ?? []
    if (form.test(rest)) return { ...meaning(...found), ...onDays, month: months }
  }
  throw new Error(`nobody understands "${rest}" of "${text}"`)
}

function hoursOf(text: string): readonly number[] {
  if (text === '') return upTo(0, 23)
  const [, from, to] = /^, between (\d\d):00 and (\d\d):59$/.exec(text) ?? []
  if (from !== undefined) return stepped(from, to, '1')
  const [, found] = new RegExp(`^, in the hours (${numbers})$`).exec(text) ?? []
  if (found === undefined) throw new Error(`no hours: "${text}"`)
  return listed(found, Number)
}

/** A pace without a start is one that begins with the day or the hour, and never ends otherwise than it began. */
function paced(pace: string, size: number): readonly number[] {
  const step = Number.parseInt(pace, 10) || 1
  if (size % step !== 0) throw new Error(`"every ${pace}" is not so: ${size} is no multiple of it`)
  return upTo(0, size - 1).filter(value => value % step === 0)
}

function timesOf(text: string): Pick<Cron, 'minute' | 'hour'> {
  const parts = text.split(/, | and /).map(time => time.split(':').map(Number))
  const [minute, hour] = [1, 0].map(index => sorted(parts.map(part => part[index] ?? Number.NaN)))
  if (!minute || !hour || minute.length * hour.length !== parts.length) throw new Error(`not each with each: ${text}`)
  return { minute, hour }
}

/** @param size of what begins anew, so that a range may run over its end */
function listed(text: string, value: (name: string) => number, size = 0): readonly number[] {
  return sorted(
    text.split(/, | and /).flatMap(part => {
      const [from = Number.NaN, to = from] = part.split(' through ').map(value)
      return upTo(from, to < from ? to + size : to).map(each => (size ? each % size : each))
    }),
  )
}

function stepped(from: string | undefined, to: string | undefined, step: string | undefined): readonly number[] {
  const [first, last, size] = [Number(from), Number(to), Number.parseInt(step ?? '', 10)]
  const values = upTo(first, last).filter(value => (value - first) % size === 0)
  if (values.at(-1) !== last) throw new Error(`${first} to ${last} is not every ${size}`)
  return values
}

function upTo(from: number, to: number): readonly number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index)
}

function sorted(values: readonly number[]): readonly number[] {
  return [...new Set(values)].sort((a, b) => a - b)
}
