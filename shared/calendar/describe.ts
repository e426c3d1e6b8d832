import cronstrue from 'cronstrue'
import { type Cron, canonicalCron, isEveryDayOfMonth, isEveryDayOfWeek, readCron } from './cron.ts'
import type { Rule } from './rule.ts'

const units = [
  { name: 'day', ms: 86_400_000 },
  { name: 'hour', ms: 3_600_000 },
  { name: 'minute', ms: 60_000 },
  { name: 'second', ms: 1_000 },
] as const

/** In plain English, such as "At 03:00 every day, Europe/Berlin", "Every 90 seconds", "Once, at 2026-12-01T09:00:00Z". */
export function describeRule(rule: Rule): string {
  switch (rule.kind) {
    case 'at':
      return `Once, at ${timeOf(rule.at)}`
    case 'after':
      return `Once, ${lengthOf(rule.afterMs)} after it was created, at ${timeOf(rule.at)}`
    case 'every':
      return `Every ${lengthOf(rule.everyMs).replace(/^1 /, '')}`
    case 'cron':
      return `${describeCron(rule.expression)}, ${rule.timeZone}`
  }
}

function describeCron(expression: string): string {
  const cron = readCron(expression)
  const text = cronstrue.toString(withoutFullFields(expression, cron), { use24HourTimeFormat: true })
  const isDaily = isEveryDayOfMonth(cron) && isEveryDayOfWeek(cron) && cron.month.length === 12
  return isDaily && /^At \d\d:\d\d/.test(text) ? `${text} every day` : text
}

/** A field such as `1-31` limits nothing, though cronstrue would say that it does. */
function withoutFullFields(expression: string, cron: Cron): string {
  const isFull = [
    cron.minute.length === 60,
    cron.hour.length === 24,
    isEveryDayOfMonth(cron),
    cron.month.length === 12,
    isEveryDayOfWeek(cron),
  ]
  return canonicalCron(expression)
    .split(' ')
    .map((field, index) => (isFull[index] ? '*' : field))
    .join(' ')
}

/** In the largest unit that leaves no fraction. */
function lengthOf(ms: number): string {
  const unit = units.find(each => ms >= each.ms && ms % each.ms === 0) ?? { name: 'second', ms: 1_000 }
  const count = ms / unit.ms
  return `${count} ${unit.name}${count === 1 ? '' : 's'}`
}

function timeOf(at: number): string {
  return new Date(at).toISOString().replace('.000Z', 'Z')
}
