import { element } from './elements.js'
import { isSet } from './storage.js'

// English like the rest of the page, and no form in which day and month could be mixed up.
const LOCALE = 'en-GB'
const DAY_MS = 86_400_000

/** The zone in which times are shown: that of the browser, or UTC when it is preferred. */
export function shownZone() {
  return isSet('pulse.utc') ? 'UTC' : new Intl.DateTimeFormat().resolvedOptions().timeZone
}

/**
 * A time as an element; the other zone is in its title.
 * @param {string} iso
 */
export function time(iso) {
  const other = isSet('pulse.utc') ? new Intl.DateTimeFormat().resolvedOptions().timeZone : 'UTC'
  return element('time', { datetime: iso, title: `${inZone(iso, other)} ${other}` }, inZone(iso, shownZone()))
}

/**
 * As clocks of a zone show it: "Mon, 23 Nov 2026, 03:00", with seconds where there are any.
 * @param {string} iso
 * @param {string} timeZone
 */
export function inZone(iso, timeZone) {
  const date = new Date(iso)
  return new Intl.DateTimeFormat(LOCALE, {
    timeZone,
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    ...(date.getUTCSeconds() > 0 && { second: '2-digit' }),
    hourCycle: 'h23',
  }).format(date)
}

/**
 * The time of day, with seconds.
 * @param {Date} date
 */
export function clockTime(date) {
  return date.toLocaleTimeString(LOCALE, { timeZone: shownZone(), hourCycle: 'h23' })
}

const units = /** @type {const} */ ([
  ['day', DAY_MS],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1_000],
])
const relatives = new Intl.RelativeTimeFormat(LOCALE)

/**
 * "in 14 minutes", "2 days ago".
 * @param {string} iso
 * @param {Date} now
 */
export function relative(iso, now) {
  const ms = Date.parse(iso) - now.getTime()
  const [unit, length] = unitOf(ms)
  const count = Math.trunc(ms / length)
  return count === 0 ? 'now' : relatives.format(count, unit)
}

/**
 * How much later, or ahead, something was than it was due: an element with the time itself in its title.
 * @param {string} due
 * @param {string} iso
 */
export function lateness(due, iso) {
  const ms = Date.parse(iso) - Date.parse(due)
  const [unit, length] = unitOf(ms)
  const count = Math.trunc(Math.abs(ms) / length)
  const apart = new Intl.NumberFormat(LOCALE, { style: 'unit', unit, unitDisplay: 'long' }).format(count)
  const words = count === 0 ? 'at once' : `${apart} ${ms < 0 ? 'ahead' : 'later'}`
  return element('time', { datetime: iso, title: `${inZone(iso, shownZone())} ${shownZone()}` }, words)
}

/** @param {number} ms */
function unitOf(ms) {
  return units.find(([, each]) => Math.abs(ms) >= each) ?? /** @type {const} */ (['second', 1_000])
}

/**
 * An ISO 8601 duration of seconds, as the API tells lengths, in the largest units: "1 h 30 min".
 * @param {string} duration
 */
export function lengthWords(duration) {
  const seconds = Number(/^PT([\d.]+)S$/.exec(duration)?.[1])
  return Number.isNaN(seconds) ? duration : ofSeconds(seconds)
}

/** @param {number} seconds */
function ofSeconds(seconds) {
  let rest = seconds
  /** @type {string[]} */
  const words = []
  for (const [unit, length] of [
    ['d', 86_400],
    ['h', 3_600],
    ['min', 60],
  ]) {
    const count = Math.floor(rest / Number(length))
    rest -= count * Number(length)
    if (count > 0) words.push(`${count} ${unit}`)
  }
  if (rest > 0 || words.length === 0) words.push(`${rest} s`)
  return words.join(' ')
}

/**
 * How the clock of a zone changes on the day of a time; nothing on other days.
 * @param {string} iso
 * @param {string} timeZone
 */
export function clockChange(iso, timeZone) {
  const at = Date.parse(iso)
  const day = Math.floor((at + offsetAt(at, timeZone)) / DAY_MS) * DAY_MS
  // A millisecond before each midnight: a clock may be changed at the midnight itself.
  const before = offsetAt(midnight(day, timeZone) - 1, timeZone)
  const after = offsetAt(midnight(day + DAY_MS, timeZone) - 1, timeZone)
  return before === after ? undefined : `${offsetWords(before)} to ${offsetWords(after)}`
}

/**
 * When a day begins, from where its beginning would be if the zone were UTC.
 * @param {number} day
 * @param {string} timeZone
 */
function midnight(day, timeZone) {
  const guess = day - offsetAt(day, timeZone)
  return day - offsetAt(guess, timeZone)
}

/**
 * What clocks of a zone are ahead of UTC, in milliseconds.
 * @param {number} at
 * @param {string} timeZone
 */
function offsetAt(at, timeZone) {
  const name = new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset' })
    .formatToParts(at)
    .find(({ type }) => type === 'timeZoneName')
  const [, sign, hours = 0, minutes = 0] = /([+-])(\d\d):(\d\d)/.exec(name?.value ?? '') ?? []
  return (Number(hours) * 60 + Number(minutes)) * (sign === '-' ? -60_000 : 60_000)
}

/** @param {number} ms */
function offsetWords(ms) {
  const minutes = Math.abs(ms) / 60_000
  const two = (/** @type {number} */ value) => String(value).padStart(2, '0')
  return `UTC${ms < 0 ? '−' : '+'}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`
}
