import type { StoredRecord } from '../../../shared/ports/record-store.ts'
import type { Fire } from '../../../shared/schedules/schedule.ts'
import { checkMissed } from './check-missed.ts'
import { checkOverlap } from './check-overlap.ts'
import { checkRefused } from './check-refused.ts'
import type { Seen } from './checker.ts'
import type { Life } from './lives.ts'
import type { Wrong } from './promises.ts'

/** The lines that were written together must agree with the tasks, with the rule, and with the policies of the schedule. */
export function checkLines(seen: Seen, life: Life, record: StoredRecord): Wrong | undefined {
  const { fires } = record.value as { readonly fires: readonly Fire[] }
  const own = fires.filter(({ outcome }) => outcome !== 'triggered')
  const { segment, schedule } = life
  if (own.length === 0 || !segment || !schedule) return undefined
  for (const line of own) {
    const { scheduledFor: at, taskId, outcome } = line
    const time = new Date(at).toISOString()
    if (taskId !== undefined && seen.rows.get(taskId)?.scheduledFor !== at)
      return ['H71', `${taskId} is noted for ${time}, and was not made`]
    if (segment.decided.has(at)) return ['P12', `${time} is decided twice`]
    const wrong = checkLeftOut(seen, life, own, line)
    if (wrong) return wrong
    if (outcome !== 'missed') segment.decided.add(at)
    if (taskId !== undefined) life.lastTask = taskId
  }
  const wrong = checkMissed(segment, schedule, own)
  const [first] = own
  if (first?.outcome === 'missed') segment.missed.push([segment.decidedUntil, first.scheduledFor])
  segment.decidedUntil = Math.max(segment.decidedUntil, ...own.map(({ scheduledFor }) => scheduledFor))
  return wrong
}

function checkLeftOut(seen: Seen, life: Life, lines: readonly Fire[], line: Fire): Wrong | undefined {
  if (line.outcome === 'overlapping') return checkOverlap(seen, life.lastTask, lines, line)
  return line.outcome === 'refused' ? checkRefused(seen, life, line) : undefined
}
