import type { Instant, TaskRow } from '../core/task.ts'
import type { CountedRow } from './table-changes.ts'

/** Walks over everything that is stored about tasks, in segments that are independent of each other. */
export interface Scan {
  readonly segments: number
  /** @param after the `next` of the page before */
  page(segment: number, after?: string): Promise<ScannedPage>
  /**
   * Removes those whose task has no row.
   * @returns how many there were
   */
  removeOrphans(suspects: readonly Suspect[]): Promise<number>
}

export interface ScannedPage {
  /** Only the fields that a hint, a count and a look at the clock need. */
  readonly rows: readonly TaskRow[]
  /** Rows that cannot be read. */
  readonly unreadable: number
  readonly suspects: readonly Suspect[]
  /** Absent on the last page. */
  readonly next?: string
}

/** A body or some log lines that are old enough to have a row, which was not seen beside them. */
export interface Suspect {
  readonly task: string
  readonly key: string
}

/** Where passes over the segments stand, so that one that is cut off goes on (H18). */
export interface Places {
  read(pass: string): Promise<readonly Place[]>
  save(pass: string, place: Place): Promise<void>
  clear(pass: string): Promise<void>
}

export interface Place {
  readonly segment: number
  /** Where the next page begins; absent when the segment has been walked to its end. */
  readonly after?: string
  readonly at: Instant
}

/** How long hints wait in the queues. */
export interface QueueAges {
  /** Age of the oldest hint in the queue that the row's hints travel in, in milliseconds; 0 when none waits there. */
  of(row: TaskRow): Promise<number>
}

/** Counters held against the rows themselves. */
export interface Recounts {
  /** Notes the counters as they are before the rows are looked at. */
  begin(): Promise<Recount>
}

export interface Recount {
  /** Whether counters have changed since the begin. */
  hasMoved(): Promise<boolean>
  add(row: CountedRow): void
  /** Counters that differ from what was added. */
  differences(): number
  /**
   * Sets them right, unless counters have changed since the begin: then rows have, too, and nobody knows what is right.
   * @returns how many were
   */
  correct(): Promise<number>
}
