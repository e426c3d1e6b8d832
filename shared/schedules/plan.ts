import { latestOccurrence, nextOccurrence, occurrencesBetween } from '../calendar/occurrences.ts'
import type { Instant } from '../core/task.ts'
import { notBefore } from './next.ts'
import { type Fire, MAX_CATCH_UP, type Schedule } from './schedule.ts'

/** Nobody has looked for so long: what was due meanwhile is missed, and the schedule's own policy says what becomes of it. */
export const MISSED_AFTER_MS = 120_000
/** Most occurrences that are decided at a time; the rest follows. */
export const MAX_FIRES = MAX_CATCH_UP
const MOST_COUNTED = 1_000

/** What is to be decided. */
export interface Plan {
  /** Occurrences that make tasks, in order. */
  readonly fires: readonly Instant[]
  readonly missed?: { readonly latest: Instant; readonly count: number }
}

/**
 * What is due of a schedule and not decided yet.
 * @param horizon occurrences up to then are due; not before `now`
 */
export function planFires(schedule: Schedule, now: Instant, horizon: Instant): Plan {
  const { rule } = schedule
  const from = notBefore(schedule.startAt, schedule.decidedUntil)
  const until = Math.min(horizon, schedule.endAt ?? horizon)
  if (until <= from) return { fires: [] }
  const oldest = nextOccurrence(rule, from, until)
  if (oldest === undefined) return { fires: [] }
  if (oldest > now - MISSED_AFTER_MS) return { fires: occurrencesBetween(rule, from, until, MAX_FIRES) }
  return planMissed(schedule, from, now, until)
}

function planMissed({ rule, catchUp }: Schedule, from: Instant, now: Instant, until: Instant): Plan {
  const end = Math.min(now, until)
  const kept: Instant[] = []
  // Of one that skips what it missed, the latest is kept while it is not late.
  const isKept = (at: Instant) => catchUp !== 'skip' || at > now - MISSED_AFTER_MS
  const most = catchUp === 'skip' || catchUp === 'one' ? 1 : catchUp
  let latest = latestOccurrence(rule, end, from)
  while (latest !== undefined && kept.length < most && isKept(latest)) {
    kept.unshift(latest)
    latest = latestOccurrence(rule, latest - 1, from)
  }
  const ahead = occurrencesBetween(rule, end, until, MAX_FIRES)
  const fires = [...kept, ...ahead].slice(0, MAX_FIRES)
  if (latest === undefined) return { fires }
  return { fires, missed: { latest, count: occurrencesBetween(rule, from, latest, MOST_COUNTED).length } }
}

/** The lines that a plan leads to. @param isRunning whether the task of the occurrence before has not ended */
export function decideFires(
  schedule: Schedule,
  { fires, missed }: Plan,
  now: Instant,
  isRunning: boolean,
  taskId: (scheduledFor: Instant) => string,
): readonly Fire[] {
  const lines: Fire[] = missed
    ? [{ scheduledFor: missed.latest, firedAt: now, outcome: 'missed', count: missed.count }]
    : []
  let overlaps = schedule.overlap === 'skip' && isRunning
  for (const scheduledFor of fires) {
    const line = { scheduledFor, firedAt: now }
    lines.push(
      overlaps ? { ...line, outcome: 'overlapping' } : { ...line, outcome: 'fired', taskId: taskId(scheduledFor) },
    )
    overlaps ||= schedule.overlap === 'skip'
  }
  return lines
}
