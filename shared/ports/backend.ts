import type { BlobStore } from './blob-store.ts'
import type { DispatchStore } from './dispatch-store.ts'
import type { HintQueue } from './hint-queue.ts'
import type { LimitStore } from './limit-store.ts'
import type { LogStore } from './log-store.ts'
import type { RecordStore } from './record-store.ts'
import type { StatsStore } from './stats-store.ts'
import type { TaskStore } from './task-store.ts'

/** Everything that the engine needs from where tasks live. */
export interface Backend {
  readonly tasks: TaskStore
  readonly hints: HintQueue
  readonly dispatch: DispatchStore
  readonly stats: StatsStore
  readonly blobs: BlobStore
  readonly logs: LogStore
  readonly limits: LimitStore
  /** Accounts and the audit log. */
  readonly records: RecordStore
}
