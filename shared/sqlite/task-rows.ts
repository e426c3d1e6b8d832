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
  /** Keeps a row that was read in the queue's order and is about to be claimed. */
  remember(cells: readonly SQLOutputValue[]): TaskRow
  forget(id: string): void
  /** A transaction was rolled back: nothing that was written in it holds. */
  forgetAll(): void
}

/** Rows kept at most; those longest untouched go first. */
const KEPT_ROWS = 2_000

export function createTaskRows(db: DatabaseSync): TaskRows {
  const insert = db.prepare(
    `INSERT INTO task (${columns.map(column => `"${column}"`).join(', ')}) VALUES (${columns.map(() => '?').join(', ')}) ON CONFLICT (id) DO NOTHING`,
  )
  const select = db.prepare(`SELECT ${SELECTED} FROM task WHERE id = ?`)
  select.setReturnArrays(true)
  const updates = new Map<string, StatementSync>()
  const kept = new Map<string, StoredRow>()

  function prepareUpdate(shape: string): StatementSync {
    const statement = db.prepare(updateText(shape))
    updates.set(shape, statement)
    return statement
  }

  function keep(stored: StoredRow): void {
    kept.delete(stored.row.id)
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
      const values: SQLInputValue[] = []
      let shape = ''
      for (const field in change.set) {
        shape += `${field},`
        values.push(encodeField(row, field as keyof TaskRow))
      }
      let { history } = stored
      if (change.history) history = encodeHistory(change.history)
      else if (change.entry) history = appendHistory(history, change.entry)
      if (history !== stored.history) {
        shape += 'history,'
        values.push(history)
      }
      values.push(stored.seq)
      const statement = updates.get(shape) ?? prepareUpdate(shape)
      statement.run(...values)
      if (row.wakeAt === undefined) kept.delete(row.id)
      else keep({ seq: stored.seq, row, history })
      return row
    },
    remember(cells) {
      const stored = decodeRow(cells)
      keep(stored)
      return stored.row
    },
    forget: id => void kept.delete(id),
    forgetAll: () => kept.clear(),
  }
}

/** The transitions set few different lists of fields, so there are few texts; every value is bound. */
function updateText(shape: string): string {
  const fields = shape.slice(0, -1).split(',')
  for (const field of fields)
    if (!(columns as readonly string[]).includes(field)) throw new TypeError(`a task row has no field "${field}"`)
  return `UPDATE task SET ${fields.map(field => `"${field}" = ?`).join(', ')} WHERE seq = ?`
}
