import type { Rule } from '../calendar/rule.ts'
import type { Instant } from '../core/task.ts'

/** What a timer of the store needs to know of a schedule. */
export interface TimedSchedule {
  readonly id: string
  readonly generation: number
  readonly rule: Rule
  readonly startAt?: Instant
  readonly endAt?: Instant
}

/**
 * Has somebody look at a schedule when an occurrence is due. A fire is a hint and no more: early, late, doubled and lost ones do no harm,
 * because the schedule's record says which occurrences are to be decided (H70, H71).
 */
export interface ScheduleTimers {
  /** Fires from now on by this rule, and by no earlier one of the schedule. May be repeated. @throws StoreUnavailable */
  put(schedule: TimedSchedule): Promise<void>
  /** Fires no more. May be repeated. @throws StoreUnavailable */
  remove(id: string): Promise<void>
}
