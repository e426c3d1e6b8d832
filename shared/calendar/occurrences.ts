import type { Instant } from '../core/task.ts'
import type { Rule } from './rule.ts'
import { latestZoneTime, nextZoneTime } from './zone-times.ts'

/**
 * First occurrence strictly after `after`, at most `until` (inclusive). Of a cron rule, 41 years ahead are searched: no rule rests
 * longer. The work is bounded whatever the rule (SEC-34).
 */
export function nextOccurrence(rule: Rule, after: Instant, until = Number.POSITIVE_INFINITY): Instant | undefined {
  switch (rule.kind) {
    case 'at':
    case 'after':
      return rule.at > after && rule.at <= until ? rule.at : undefined
    case 'every': {
      const next = rule.anchor + Math.max(1, Math.floor((after - rule.anchor) / rule.everyMs) + 1) * rule.everyMs
      return next <= until ? next : undefined
    }
    case 'cron':
      return nextZoneTime(rule.expression, rule.timeZone, after, until)
  }
}

/**
 * Latest occurrence at or before `before`, and after `from`. Walking back from now, a year of missed minutes costs as many steps as
 * occurrences are kept.
 */
export function latestOccurrence(rule: Rule, before: Instant, from: Instant): Instant | undefined {
  switch (rule.kind) {
    case 'at':
    case 'after':
      return rule.at <= before && rule.at > from ? rule.at : undefined
    case 'every': {
      const count = Math.floor((before - rule.anchor) / rule.everyMs)
      const latest = rule.anchor + count * rule.everyMs
      return count >= 1 && latest > from ? latest : undefined
    }
    case 'cron':
      return latestZoneTime(rule.expression, rule.timeZone, before, from)
  }
}

/** At most `limit`, in order, in (`after`, `until`]. */
export function occurrencesBetween(rule: Rule, after: Instant, until: Instant, limit: number): readonly Instant[] {
  const found: Instant[] = []
  let last: Instant | undefined = after
  while (found.length < limit) {
    last = nextOccurrence(rule, last, until)
    if (last === undefined) break
    found.push(last)
  }
  return found
}
