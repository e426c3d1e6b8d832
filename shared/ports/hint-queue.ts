import type { Instant, TaskRow } from '../core/task.ts'

/** Carries hints to workers. Losing one loses time, never a task. */
export interface HintQueue {
  /** Has the row looked at, not before `at`. */
  send(row: TaskRow, at: Instant): Promise<void>
}
