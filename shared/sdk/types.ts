import type { BackoffSpec } from '../core/backoff.ts'
import type { FieldError } from '../core/errors.ts'
import type { Action } from '../core/lifecycle.ts'
import type { ShownState } from '../core/shown-state.ts'
import type { Priority, Progress, Tags, TaskError, TaskState } from '../core/task.ts'

/** What the API answers, field by field. Times are RFC 3339 texts in UTC. */
export interface TaskSummary {
  readonly id: string
  readonly name: string
  readonly state: ShownState
  readonly priority: Priority
  /** A life of the task, from 1; requeue starts the next one. */
  readonly run: number
  /** Number of the latest attempt of this run. */
  readonly attempt: number
  readonly attemptsLeft: number
  readonly maxAttempts: number
  readonly createdAt: string
  readonly runAt: string
  /** Start of the latest attempt. */
  readonly startedAt?: string
  readonly finishedAt?: string
  readonly expiresAt?: string
  /** Of a running task: when its worker must have given a sign of life. */
  readonly leaseEndsAt?: string
  readonly cancelRequested: boolean
  readonly title?: string
  readonly description?: string
  readonly tags?: Tags
  /** The schedule that made it. */
  readonly scheduleId?: string
  /** The occurrence of the schedule that it was made for. */
  readonly scheduledFor?: string
  readonly progress?: Progress
  readonly lastError?: TaskError
  readonly backoff?: BackoffSpec
  /** ISO 8601 duration. */
  readonly timeout?: string
  /** For `edit(…, { ifVersion })`. */
  readonly version: number
}

/** A task as it is read by its id. The result is what JSON made of the handler's return value. */
export interface Task<Result = unknown> extends TaskSummary {
  readonly history: readonly HistoryEntry[]
  readonly payload?: unknown
  /** Of a COMPLETED task whose handler returned something. */
  readonly result?: Result
}

/** A dead letter; its history holds the errors of its attempts. */
export interface DeadLetter extends TaskSummary {
  readonly history?: readonly HistoryEntry[]
}

export interface HistoryEntry {
  readonly at: string
  readonly state: TaskState
  readonly attempt?: number
  readonly reason?: string
  readonly by?: string
  /** Number of entries that this one stands for. */
  readonly folded?: number
}

export interface LogLine {
  readonly at: string
  readonly run: number
  readonly attempt: number
  readonly level: 'info' | 'warn' | 'error'
  readonly message: string
  readonly fields?: Readonly<Record<string, unknown>>
}

export interface Page<Item> {
  readonly items: readonly Item[]
  /** Absent on the last page. A page before it may be short, even empty. */
  readonly nextCursor?: string
}

/** A pause without priority and name holds back everything. */
export interface Pause {
  readonly priority?: Priority
  readonly name?: string
  readonly reason: string
  readonly by: string
  readonly since: string
  /** It ends by itself then. */
  readonly until?: string
}

export interface Dispatch {
  /** Whether everything is paused; single priorities and names are in `pauses`. */
  readonly paused: boolean
  readonly pauses: readonly Pause[]
}

/** Counts of stored states: a SCHEDULED task counts as PENDING. */
export type StateCounts = Readonly<Record<TaskState, number>>
export type EndCounts = Readonly<Record<'COMPLETED' | 'DEAD' | 'CANCELED' | 'EXPIRED', number>>

export interface Stats {
  readonly at: string
  readonly totals: StateCounts
  readonly names: readonly { readonly name: string; readonly counts: StateCounts }[]
  /** The waiting task that has been due longest. */
  readonly oldestWaiting: {
    /** Absent on AWS, where counters are all that is kept. */
    readonly id?: string
    readonly name: string
    readonly runAt: string
    readonly ageSeconds: number
  } | null
  readonly lastHour: EndCounts & { readonly minutes: readonly (EndCounts & { readonly minute: string })[] }
  readonly pauses: readonly Pause[]
}

/** RFC 9457, as the API writes it. */
export interface Problem {
  readonly type?: string
  readonly title?: string
  readonly status?: number
  readonly detail?: string
  readonly code?: string
  readonly errors?: readonly FieldError[]
  readonly requestId?: string
  readonly currentState?: ShownState
  readonly allowedActions?: readonly Action[]
  readonly [more: string]: unknown
}
