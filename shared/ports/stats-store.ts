import type { Instant, TaskState } from '../core/task.ts'

/** Counters that derive from the rows' changes. They count stored states. */
export interface StatsStore {
  counts(): Promise<readonly StateCount[]>
  /** Ends of tasks per minute, from the minute that holds `since`. */
  ends(since: Instant): Promise<readonly EndCount[]>
  /** The waiting task that has been due longest. */
  oldestWaiting(now: Instant): Promise<OldestWaiting | undefined>
}

export interface StateCount {
  readonly name: string
  readonly state: TaskState
  readonly count: number
}

export interface EndCount extends StateCount {
  /** Start of the minute. */
  readonly minute: Instant
}

export interface OldestWaiting {
  /** Absent where counters are all that is kept. */
  readonly id?: string
  readonly name: string
  /** Rounded down to what the backend keeps. */
  readonly runAt: Instant
}
