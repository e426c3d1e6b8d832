import { nextOccurrence } from '../calendar/occurrences.ts'
import type { Instant } from '../core/task.ts'
import type { SchedulesEnvironment } from './environment.ts'
import type { Schedule } from './schedule.ts'

/** A schedule whose timers are not known to follow it is looked at so long after the change (H73). */
const ARM_AFTER_MS = 60_000

/** Whether the timers are known to follow the schedule as it is. */
export function isArmed({ timers }: Pick<SchedulesEnvironment, 'timers'>, { armed, generation }: Schedule): boolean {
  return timers === undefined || armed === generation
}

/** The first occurrence after a time, within the schedule's own bounds. */
export function nextOf(
  { rule, startAt, endAt }: Pick<Schedule, 'rule' | 'startAt' | 'endAt'>,
  after: Instant,
): Instant | undefined {
  return nextOccurrence(rule, notBefore(startAt, after), endAt)
}

/** The first occurrence may be at the start itself. */
export function notBefore(startAt: Instant | undefined, after: Instant): Instant {
  return startAt === undefined ? after : Math.max(after, startAt - 1)
}

/** A schedule with the next occurrence to decide, and the place among the due ones that follows from it. */
export function settled(on: Pick<SchedulesEnvironment, 'timers'>, schedule: Schedule): Schedule {
  const { nextAt: _next, dueAt: _due, ...rest } = schedule
  const nextAt = schedule.paused ? undefined : nextOf(schedule, schedule.decidedUntil)
  const armAt = isArmed(on, schedule) ? undefined : schedule.updatedAt + ARM_AFTER_MS
  const dueAt = nextAt !== undefined && armAt !== undefined ? Math.min(nextAt, armAt) : (nextAt ?? armAt)
  return { ...rest, ...(nextAt !== undefined && { nextAt }), ...(dueAt !== undefined && { dueAt }) }
}
