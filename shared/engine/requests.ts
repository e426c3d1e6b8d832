import type { BackoffSpec } from '../core/backoff.ts'
import type { Instant, Priority, Tags, TaskRow } from '../core/task.ts'

/** A submit as the edges hand it over: checked in form, times in milliseconds. */
export interface SubmitRequest {
  readonly name: string
  readonly payload?: unknown
  readonly priority?: Priority
  readonly delayMs?: number
  readonly runAt?: Instant
  readonly expiresAt?: Instant
  readonly maxAttempts?: number
  readonly backoff?: BackoffSpec
  readonly timeoutMs?: number
  readonly title?: string
  readonly description?: string
  readonly tags?: Tags
  readonly traceparent?: string
}

/** What makes a task in somebody's stead, under an id that it has chosen, so that making it twice finds the first one. */
export interface Origin {
  readonly id: string
  readonly scheduleId: string
  /** Absent when somebody asked for it now. */
  readonly scheduledFor?: Instant
}

export interface Submitted {
  readonly row: TaskRow
  /** The same request with the same key had been stored before: this is that task as it is now. */
  readonly replayed: boolean
}

/** `null` removes, absence leaves alone. */
export interface EditRequest {
  readonly title?: string | null
  readonly description?: string | null
  readonly tags?: Tags | null
  readonly priority?: Priority
  readonly payload?: unknown
  readonly runAt?: Instant
}

/** A row whose payload and result have been fetched from beside it. */
export interface LoadedTask {
  readonly row: TaskRow
  /** JSON texts. */
  readonly payload: string | undefined
  readonly result: string | undefined
}
