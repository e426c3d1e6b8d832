import type { Instant } from '../../../shared/core/task.ts'
import type { Fire, Schedule } from '../../../shared/schedules/schedule.ts'
import type { Segment } from './lives.ts'
import type { Wrong } from './promises.ts'

const MISSED_AFTER_MS = 120_000

/** Of what was missed, as many of the latest are made up for as the policy says, and the first line tells of the others. */
export function checkMissed(segment: Segment, schedule: Schedule, lines: readonly Fire[]): Wrong | undefined {
  const [first] = lines
  if (!first) return undefined
  const { firedAt } = first
  const madeUp = lines.filter(({ outcome, scheduledFor }) => outcome !== 'missed' && scheduledFor <= firedAt)
  if (first.outcome !== 'missed') {
    const [oldest = first] = madeUp
    const most = mostOf(schedule, oldest.scheduledFor, firedAt)
    if (oldest.scheduledFor > firedAt - MISSED_AFTER_MS || madeUp.length <= most) return undefined
    return ['H78', `${madeUp.length} are made up for without a word, and ${most} may be`]
  }
  const due = segment.occurrences.filter(at => at > segment.decidedUntil && at <= firedAt)
  const missed = due.filter(at => at <= first.scheduledFor)
  if (missed.length !== first.count) return ['H78', `${first.count} are said to be missed, and ${missed.length} were`]
  if ((missed[0] ?? 0) > firedAt - MISSED_AFTER_MS) return ['H78', 'what is not two minutes late is missed']
  const most = mostOf(schedule, due.at(-1) ?? 0, firedAt)
  if (madeUp.length !== most) return ['H78', `${madeUp.length} are made up for, and ${most} have to be`]
  const left = due.length - missed.length - madeUp.length
  return left === 0 ? undefined : ['H78', `of ${left} that were due nothing is told`]
}

/** @param at of one that skips what it missed, what is not late is no such thing */
function mostOf({ catchUp }: Schedule, at: Instant, firedAt: Instant): number {
  if (typeof catchUp === 'number') return catchUp
  return catchUp === 'one' || at > firedAt - MISSED_AFTER_MS ? 1 : 0
}
