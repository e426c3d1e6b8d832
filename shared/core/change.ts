import type { HistoryEntry, Instant, TaskRow } from './task.ts'

/** A state change, decided without I/O. A backend applies it whole or not at all. */
export type Change = Creation | Update

/** Submit: the row must not exist yet. */
export interface Creation {
  readonly task: string
  readonly expect: 'absent'
  readonly row: TaskRow
  /** When to have the row looked at. Sent after the write (H2). */
  readonly hintAt: Instant
}

export interface Update {
  readonly task: string
  /** All must hold or nothing is written. That the row exists always must (H63). */
  readonly expect: readonly Condition[]
  readonly set: Assignments
  /** One line of the task's history, appended by the same write. A heartbeat has none. */
  readonly entry?: HistoryEntry
  /** Takes the place of the whole history, `entry` included; only by who alone may append. */
  readonly history?: readonly HistoryEntry[]
  readonly hintAt?: Instant
  /** Sent before the write, for a change that makes a row due earlier: a crash in between then leaves a hint. */
  readonly backstopAt?: Instant
}

export type Field = Exclude<keyof TaskRow, 'history'>

/**
 * A named clause. Times compare with `notAfter` (field ≤ value) and `after`; absent fields satisfy only `absent`
 * and `absentOrAfter`.
 */
export interface Condition {
  readonly field: Field
  readonly op: Operator
  readonly value: string | number
}
export type Operator = 'is' | 'isNot' | 'notAfter' | 'after' | 'above' | 'atMost' | 'absent' | 'absentOrAfter'

export type Assignments = { readonly [F in Field]?: TaskRow[F] | Add | Remove }

/** A class, because the tags of a task may look like any object, and anybody may choose them. */
export class Add {
  declare private readonly nominal: never
  readonly add: number

  constructor(add: number) {
    this.add = add
  }
}
export interface Remove {
  readonly remove: true
}
export const removed: Remove = { remove: true }
export const increment = new Add(1)
export const decrement = new Add(-1)

export function isAdd(value: unknown): value is Add {
  return value instanceof Add
}

export function isRemove(value: unknown): value is Remove {
  return value === removed
}

/** What became of a change. A conflict carries the row that won, or none when the row is gone. */
export type Committed =
  | { readonly ok: true; readonly row: TaskRow }
  | { readonly ok: false; readonly winner: TaskRow | undefined }
