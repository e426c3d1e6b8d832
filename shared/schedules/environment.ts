import type { Environment } from '../engine/environment.ts'
import type { ScheduleTimers } from '../ports/schedule-timers.ts'

/** What the use cases about schedules are given. */
export interface SchedulesEnvironment extends Environment {
  /** Absent where the entries of what is due are looked at all the time. */
  readonly timers: ScheduleTimers | undefined
  /** Tasks are made so long before their occurrences, because timers are not exact; they wait out the rest. */
  readonly lookaheadMs: number
  /** Whether an owner may do nothing any more: then schedules that are left make no tasks. */
  readonly isDisabled: (owner: string) => Promise<boolean>
}
