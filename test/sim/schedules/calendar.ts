import type { Rule } from '../../../shared/calendar/rule.ts'
import type { Instant } from '../../../shared/core/task.ts'
import { matcherOf, matching, minutesBetween, type ShownMinute } from '../../calendar/reference-calendar.ts'

const HOUR_MS = 3_600_000
const LONGEST_MS = 4 * HOUR_MS

const minutes = new Map<string, readonly ShownMinute[]>()
const found = new Map<string, readonly Instant[]>()

/** All occurrences of a rule in the four hours from `from` on, by plain counting: it shares nothing with the program's calendar. */
export function occurrencesOf(rule: Rule, from: Instant): readonly Instant[] {
  if (rule.kind === 'at' || rule.kind === 'after') return [rule.at]
  if (rule.kind === 'every') return paces(rule.anchor, rule.everyMs, from)
  return shownBy(rule.expression, rule.timeZone, from)
}

function paces(anchor: Instant, everyMs: number, from: Instant): Instant[] {
  const times: Instant[] = []
  for (let at = anchor + everyMs; at <= from + LONGEST_MS; at += everyMs) if (at >= from) times.push(at)
  return times
}

/** Times at which a zone's clock shows what an expression of five fields names. */
export function shownBy(expression: string, timeZone: string, from: Instant): readonly Instant[] {
  const start = Math.floor(from / HOUR_MS) * HOUR_MS
  const key = `${timeZone} ${start}`
  const shown = minutes.get(key) ?? minutesBetween(timeZone, start, start + LONGEST_MS)
  minutes.set(key, shown)
  const times = found.get(`${key} ${expression}`) ?? matching(shown, matcherOf(expression))
  found.set(`${key} ${expression}`, times)
  return times
}
