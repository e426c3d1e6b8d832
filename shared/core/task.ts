import type { BackoffSpec } from './backoff.ts'

/** Milliseconds since the epoch, UTC. */
export type Instant = number

/** What is stored. A PENDING task whose `runAt` is ahead is shown as SCHEDULED: nobody writes when its time comes. */
export type TaskState = 'PENDING' | 'RETRYING' | 'RUNNING' | 'COMPLETED' | 'DEAD' | 'CANCELED' | 'EXPIRED'
export type Priority = 1 | 2 | 3 | 4 | 5

export const taskStates = ['PENDING', 'RETRYING', 'RUNNING', 'COMPLETED', 'DEAD', 'CANCELED', 'EXPIRED'] as const
export const waitingStates = ['PENDING', 'RETRYING'] as const satisfies readonly TaskState[]
export const terminalStates = ['COMPLETED', 'DEAD', 'CANCELED', 'EXPIRED'] as const satisfies readonly TaskState[]
export const priorities = [1, 2, 3, 4, 5] as const satisfies readonly Priority[]

/** Format of a row. A worker leaves rows of a newer one alone (H102). */
export const SCHEMA_VERSION = 1

export interface TaskRow {
  readonly id: string
  readonly name: string
  readonly owner: string
  readonly priority: Priority
  readonly state: TaskState
  /** A life of the task, from 1; requeue starts the next one. */
  readonly run: number
  /** Number of the latest attempt of this run. Only grows. */
  readonly attempt: number
  /** A claim takes one, a snooze or release gives it back, a request to cancel takes them all. */
  readonly attemptsLeft: number
  readonly maxAttempts: number
  /** When the next attempt may start; once it has started, when it might have. */
  readonly runAt: Instant
  /** When somebody must look at this row. Waiting: its run time. Running: the end of its lease and a skew. Terminal: absent. */
  readonly wakeAt?: Instant
  readonly createdAt: Instant
  /** Start of the latest attempt. */
  readonly startedAt?: Instant
  readonly finishedAt?: Instant
  /** No attempt starts after it. */
  readonly expiresAt?: Instant
  readonly cancelRequestedAt?: Instant
  /** Number of the visible change: starts at `createdAt`, +1 with each change but heartbeats. */
  readonly version: number
  readonly schemaVersion: number
  readonly title?: string
  readonly description?: string
  readonly tags?: Tags
  /** JSON text; a large one lies beside the row, under the key `payloadAt`. */
  readonly payload?: string
  readonly payloadAt?: string
  /** SHA-256 of the submit request; present when it came with an Idempotency-Key. */
  readonly fingerprint?: string
  readonly policy?: Policy
  readonly progress?: Progress
  /** JSON text; a large one lies beside the row, under the key `resultAt`. */
  readonly result?: string
  readonly resultAt?: string
  readonly lastError?: TaskError
  readonly history: readonly HistoryEntry[]
  /** The schedule that made it. */
  readonly scheduleId?: string
  /** The occurrence of the schedule that it was made for. */
  readonly scheduledFor?: Instant
  readonly traceparent?: string
  /** Who may write a running task. Made anew by each claim. */
  readonly leaseToken?: string
  /** The message whose return revives the task if its worker dies. */
  readonly heldBy?: string
}

/** JSON text, in the row or beside it; neither is JSON's absence (`undefined`). */
export interface Body {
  readonly text?: string
  /** Key in the blob store. */
  readonly at?: string
}

export type Tags = Readonly<Record<string, string>>

/** What the submitter chose for this task; what is absent comes from the task's definition. */
export interface Policy {
  readonly backoff?: BackoffSpec
  readonly timeoutMs?: number
}

export interface Progress {
  /** 0 to 100. */
  readonly percent: number
  readonly message?: string
}

/** How an attempt failed. `code` is set where Pulse itself ended it. */
export interface TaskError {
  readonly name: string
  readonly message: string
  readonly stack?: string
  readonly code?: 'timed_out' | 'crash_loop' | 'result_unstorable' | 'payload_invalid' | 'discarded' | 'thread_ended'
  /** Groups errors of one cause: name, masked message and top own frame. */
  readonly fingerprint: string
}

/** One line of a task's own audit trail. */
export interface HistoryEntry {
  readonly at: Instant
  readonly to: TaskState
  /** The attempt that ended here; a start has none, because the claim does not read the row first. */
  readonly attempt?: number
  readonly why?: string
  /** The person or key behind the change. */
  readonly by?: string
  /** Number of entries that this one stands for, after the oldest retries were folded. */
  readonly folded?: number
}

/** A message: "look at this row". It carries only what never changes about the task. */
export interface Hint {
  readonly task: string
  readonly name: string
  readonly messageId: string
  readonly traceparent?: string
}

export function isTerminal(state: TaskState): boolean {
  return state === 'COMPLETED' || state === 'DEAD' || state === 'CANCELED' || state === 'EXPIRED'
}

export function isWaiting(state: TaskState): boolean {
  return state === 'PENDING' || state === 'RETRYING'
}
