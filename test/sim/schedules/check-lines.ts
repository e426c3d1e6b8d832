import type { StoredRecord } from '../../../shared/ports/record-store.ts'
import type { Fire } from '../../../shared/schedules/schedule.ts'
import type { Seen } from './checker.ts'
import type { Life } from './lives.ts'
import type { Wrong } from './promises.ts'

const MISSED_AFTER_MS = 120_000

/** The lines that were written together must agree with the tasks, with the rule, and with the policy about what was missed. */
export function checkLines(seen: Seen, life: Life, record: StoredRecord): Wrong | undefined {
  const { fires } = record.value as { readonly fires: readonly Fire[] }
  const own = fires.filter(({ outcome }) => outcome !== 'triggered' && outcome !== 'backfilled')
  const { segment, schedule } = life
  if (own.length === 0 || !segment || !schedule) return undefined
  for (const { scheduledFor: at, taskId, outcome } of own) {
    const time = new Date(at).toISOString()
    if (taskId !== undefined && seen.rows.get(taskId)?.scheduledFor !== at)
      return ['H71', `${taskId} is noted for ${time}, and was not made`]
    if (segment.decided.has(at)) return ['P12', `${time} is decided twice`]
    if (outcome !== 'missed') segment.decided.add(at)
    if (taskId !== undefined) life.lastTask = taskId
  }
  const [first] = own
  if (first?.outcome === 'missed') {
    const after = segment.decidedUntil
    const missed = segment.occurrences.filter(at => at > after && at <= first.scheduledFor)
    if (missed.length !== first.count) return ['H78', `${first.count} are said to be missed, and ${missed.length} were`]
    if ((missed[0] ?? 0) > first.firedAt - MISSED_AFTER_MS) return ['H78', 'what is not two minutes late is missed']
    const late = own.filter(({ outcome, scheduledFor }) => outcome !== 'missed' && scheduledFor <= first.firedAt)
    const most = typeof schedule.catchUp === 'number' ? schedule.catchUp : 1
    if (late.length > most) return ['H78', `${late.length} are made up for, and ${most} may be`]
    segment.missed.push([after, first.scheduledFor])
  }
  segment.decidedUntil = Math.max(segment.decidedUntil, ...own.map(({ scheduledFor }) => scheduledFor))
  return undefined
}
