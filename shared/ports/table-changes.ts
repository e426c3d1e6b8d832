import type { Pause } from '../core/dispatch.ts'
import type { TaskRow } from '../core/task.ts'

/** What counters depend on of a row. */
export type CountedRow = Pick<TaskRow, 'name' | 'state' | 'runAt'> & { readonly finishedAt?: TaskRow['finishedAt'] }

/** A change of a row, as the change stream tells it: new when there is none before, gone when there is none after. */
export interface RowChange {
  readonly kind: 'row'
  /** Number of the record in its shard, in decimal. Only grows. */
  readonly sequence: string
  readonly before?: CountedRow
  readonly after?: CountedRow
}

export interface PauseChange {
  readonly kind: 'pause'
  readonly sequence: string
  readonly before?: Pause
  readonly after?: Pause
  /** The store has removed it because its time had come: nobody did (H87). */
  readonly byExpiry: boolean
}

/** Something else that lies in the table: bodies, log lines. */
export interface OtherChange {
  readonly kind: 'other'
  readonly sequence: string
}

export type TableChange = RowChange | PauseChange | OtherChange

/** Counters that derive from the rows' changes. */
export interface Counters {
  /**
   * Counts changes of one shard of the stream, each once, however often and in whatever portions they are delivered (H89).
   * @throws StoreUnavailable when some may not be counted: deliver them again
   */
  apply(shard: string, changes: readonly RowChange[]): Promise<void>
}
