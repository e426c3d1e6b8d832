import type { Change, Committed } from '../core/change.ts'
import type { ShownState } from '../core/shown-state.ts'
import type { Instant, Priority, TaskRow } from '../core/task.ts'

/** The rows: the only truth. */
export interface TaskStore {
  /**
   * Writes a change whole or not at all, durably, then has its hint sent.
   * @returns the new row, or the row that won
   * @throws StoreUnavailable when nobody can tell whether it was written, or it was not
   */
  commit(change: Change): Promise<Committed>
  /** The row as of now, never an older one. */
  read(id: string): Promise<TaskRow | undefined>
  /**
   * Removes a row with all that lies beside it, whatever its state, unless it has changed since. What lies beside it may be gone all
   * the same, also when the call fails: it is for what is to go, and called again until it has.
   * @returns false when the row has changed, and stays; true when there is none any more
   */
  remove(row: Pick<TaskRow, 'id' | 'version'>): Promise<boolean>
  /** Newest first. A page may be short, or empty with a `next`, when it has looked at as many rows as it may. */
  list(query: TaskQuery): Promise<Page>
  /** Rows in state DEAD, latest death first. */
  listDead(query: DeadQuery): Promise<Page<DeadRow>>
}

export interface TaskQuery {
  /** All owners when absent. */
  readonly owner?: string
  readonly states?: readonly ShownState[]
  readonly name?: string
  readonly tag?: { readonly key: string; readonly value: string }
  readonly priority?: Priority
  readonly createdAfter?: Instant
  readonly createdBefore?: Instant
  /** For the states that depend on the clock. */
  readonly now: Instant
  readonly limit: number
  /** The `next` of the page before. */
  readonly after?: string
}

export type DeadQuery = Pick<TaskQuery, 'owner' | 'name' | 'limit' | 'after'> & { readonly fingerprint?: string }

export interface Page<Row = ListedRow> {
  readonly rows: readonly Row[]
  readonly next?: string
}

/** Lists leave out payload, result and history. */
export type ListedRow = Omit<TaskRow, 'payload' | 'payloadAt' | 'result' | 'resultAt' | 'history'>

/** The history of a dead task tells the error of each attempt. */
export type DeadRow = ListedRow & Pick<TaskRow, 'history'>
