import type { DatabaseSync, SQLInputValue, SQLOutputValue, StatementSync } from 'node:sqlite'
import { applied } from '../core/apply.ts'
import type { Update } from '../core/change.ts'
import type { TaskRow } from '../core/task.ts'
import {
  appendHistory,
  columns,
  decodeRow,
  encodeField,
  encodeHistory,
  encodeRow,
  SELECTED,
  type StoredRow,
} from './row-codec.ts'

/**
 * The rows in the file. One process owns it, so what was read once is known until this process writes it: rows that are being worked
 * on are kept, and neither a claim nor a settle reads anything. Call inside a transaction only.
 */
export interface TaskRows {
  insert(row: TaskRow): boolean
  find(id: string): StoredRow | undefined
  update(stored: StoredRow, change: Update): TaskRow
  /** Removes a row, if there is one, and what lies beside it. */
  remove(id: string): void
  /** Keeps a row that was read in the queue's order and is about to be claimed. */
  remember(cells: readonly SQLOutputValue[]): TaskRow
  /** A transaction was rolled back: nothing that was written in it holds. */
  forgetAll(): void
}

/** Rows kept at most; those known longest go first. */
const KEPT_ROWS = 2_000

export function createTaskRows(db: DatabaseSync): TaskRows {
  const insert = db.prepare(
    `INSERT INTO task (${columns.map(column => `"${column}"`).join(', ')}) VALUES (${columns.map(() => '?').join(', ')}) ON CONFLICT (id) DO NOTHING`,
  )
  const select = db.prepare(`SELECT ${SELECTED} FROM task WHERE id = ?`)
  select.setReturnArrays(true)
  const removals = [
    db.prepare('DELETE FROM blob WHERE task = ?'),
    db.prepare('DELETE FROM log WHERE task = ?'),
    db.prepare('DELETE FROM task WHERE id = ?'),
  ]
  const updates = new Map<number, UpdateStatement>()
  const kept = new Map<string, StoredRow>()

  function prepareUpdate(mask: number): UpdateStatement {
    const fields = columns.filter(column => Math.floor(mask / bits[column]) % 2 === 1)
    const text = `UPDATE task SET ${fields.map(field => `"${field}" = ?`).join(', ')} WHERE seq = ?`
    const update = { statement: db.prepare(text), fields }
    updates.set(mask, update)
    return update
  }

  function keep(stored: StoredRow): void {
    kept.set(stored.row.id, stored)
    if (kept.size <= KEPT_ROWS) return
    for (const id of kept.keys()) {
      kept.delete(id)
      break
    }
  }

  return {
    insert: row => insert.run(...encodeRow(row)).changes === 1,
    find(id) {
      const known = kept.get(id)
      if (known) return known
      const cells = select.get(id) as unknown as SQLOutputValue[] | undefined
      return cells && decodeRow(cells)
    },
    update(stored, change) {
      const row = applied(stored.row, change)
      let mask = 0
      for (const field in change.set) mask += bitOf(field)
      let { history } = stored
      if (change.history) history = encodeHistory(change.history)
      else if (change.entry) history = appendHistory(history, change.entry)
      if (history !== stored.history) mask += bits.history
      const { statement, fields } = updates.get(mask) ?? prepareUpdate(mask)
      const values: SQLInputValue[] = new Array(fields.length + 1)
      for (let index = 0; index < fields.length; index++) {
        const field = fields[index] as keyof TaskRow // within its bounds
        values[index] = field === 'history' ? history : encodeField(row, field)
      }
      values[fields.length] = stored.seq
      statement.run(...values)
      if (row.wakeAt === undefined) kept.delete(row.id)
      else keep({ seq: stored.seq, row, history })
      return row
    },
    remove(id) {
      kept.delete(id)
      for (const statement of removals) statement.run(id)
    },
    remember(cells) {
      const stored = decodeRow(cells)
      keep(stored)
      return stored.row
    },
    forgetAll: () => kept.clear(),
  }
}

/** A statement for each set of fields that a transition changes: there are few, and every value is bound. */
interface UpdateStatement {
  readonly statement: StatementSync
  readonly fields: readonly (keyof TaskRow)[]
}

/** A power of two for each column, so that a set of columns is a number. There are fewer than 53. */
const bits = Object.fromEntries(columns.map((column, index) => [column, 2 ** index])) as Record<keyof TaskRow, number>

function bitOf(field: string): number {
  const bit = bits[field as keyof TaskRow] as number | undefined
  if (bit === undefined) throw new TypeError(`a task row has no field "${field}"`)
  return bit
}
