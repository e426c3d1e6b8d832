import { describeCron } from './describe-cron.ts'
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
      return `Once, ${lengthOf(rule.afterMs)} after it was set, at ${timeOf(rule.at)}`
    case 'every':
      return `Every ${lengthOf(rule.everyMs).replace(/^1 /, '')}`
    case 'cron':
      return `${describeCron(rule.expression)}, ${rule.timeZone}`
  }
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
