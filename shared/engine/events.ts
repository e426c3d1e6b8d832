import type { Pause, PauseSelector } from '../core/dispatch.ts'
import type { Outcome } from '../core/outcome.ts'
import type { Hint, Instant, TaskRow } from '../core/task.ts'

/** What became of an occurrence of a schedule. */
export interface FireNote {
  readonly scheduledFor: Instant
  readonly firedAt: Instant
  readonly outcome: string
  readonly taskId?: string
}

/** What happens, for whoever wants to know: logs, metrics, traces. The engine's only side channel. No payloads (SEC-45). */
export type EngineEvent =
  | { readonly type: 'task.submitted'; readonly row: TaskRow; readonly replayed: boolean }
  | {
      readonly type: 'task.canceled' | 'task.cancelRequested' | 'task.edited' | 'task.requeued' | 'task.expired'
      readonly row: TaskRow
      readonly by: string
    }
  | { readonly type: 'attempt.started'; readonly row: TaskRow; readonly lateMs: number }
  | { readonly type: 'attempt.ended'; readonly row: TaskRow; readonly outcome: Outcome; readonly tookMs: number }
  /** Somebody else holds the task by now, or it has ended: this attempt's outcome was not written. */
  | { readonly type: 'attempt.stale'; readonly row: TaskRow; readonly outcome: Outcome }
  | { readonly type: 'task.buried'; readonly row: TaskRow }
  | { readonly type: 'hint.unknownTask' | 'hint.unknownName'; readonly hint: Hint }
  | {
      readonly type: 'heartbeat.failed' | 'report.failed' | 'settle.failed'
      readonly task: string
      readonly error: unknown
    }
  | { readonly type: 'dispatch.paused'; readonly pause: Pause }
  | { readonly type: 'dispatch.resumed'; readonly selector: PauseSelector; readonly by: string }
  | { readonly type: 'schedule.fired'; readonly schedule: { readonly id: string }; readonly fires: readonly FireNote[] }
  | { readonly type: 'schedule.failed'; readonly schedule: string; readonly error: unknown }
  | { readonly type: 'store.failed'; readonly error: unknown }

export type Emit = (event: EngineEvent) => void
