import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite'
import { type Condition, isAdd, isRemove, type Update } from '../core/change.ts'
import type { TaskRow, TaskState } from '../core/task.ts'
import { columns, decodeRow, encodeHistory, encodeRow, encodeValue, fields } from './row-codec.ts'

/** A row as it is after a change, and the state that it had before. */
export interface Written {
  readonly row: TaskRow
  readonly previous: TaskState
}

export interface Statements {
  insert(row: TaskRow): boolean
  update(change: Update): Written | undefined
  read(id: string): TaskRow | undefined
}

const SELECTED = columns.map(column => `"${column}"`).join(', ')

/**
 * The statements on one row. A change of the same shape (the same conditions on and assignments to the same fields) has the same
 * text, so the few shapes that the transitions have are prepared once; every value is bound.
 */
export function prepareStatements(db: DatabaseSync): Statements {
  const insert = db.prepare(
    `INSERT INTO task (${SELECTED}) VALUES (${columns.map(() => '?').join(', ')}) ON CONFLICT (id) DO NOTHING`,
  )
  const read = db.prepare(`SELECT ${SELECTED} FROM task WHERE id = ?`)
  read.setReturnArrays(true)
  const updates = new Map<string, StatementSync>()

  function prepareUpdate(change: Update, shape: string): StatementSync {
    const statement = db.prepare(updateText(change))
    statement.setReturnArrays(true)
    updates.set(shape, statement)
    return statement
  }

  return {
    insert: row => insert.run(...encodeRow(row)).changes === 1,
    update(change) {
      const values: SQLInputValue[] = []
      const shape = bind(change, values)
      const found = (updates.get(shape) ?? prepareUpdate(change, shape)).get(...values) as unknown as SQLInputValue[] | undefined
      return found && { row: decodeRow(found as never), previous: found[columns.length] as TaskState }
    },
    read(id) {
      const found = read.get(id) as unknown as never[] | undefined
      return found && decodeRow(found)
    },
  }
}

/** Collects the values in the order of the text's placeholders. @returns what tells this change's text from others' */
function bind(change: Update, values: SQLInputValue[]): string {
  let shape = ''
  for (const field in change.set) {
    const value = change.set[field as keyof typeof change.set]
    if (isRemove(value)) shape += `${field}-`
    else if (isAdd(value)) {
      shape += `${field}+`
      values.push(value.add)
    } else {
      shape += `${field}=`
      values.push(encodeValue(field, value))
    }
  }
  if (change.history) {
    shape += 'H'
    values.push(encodeHistory(change.history))
  } else if (change.entry) {
    shape += 'h'
    values.push(JSON.stringify(change.entry))
  }
  values.push(change.task)
  for (const condition of change.expect) {
    shape += `?${condition.field}${condition.op}`
    if (condition.op !== 'absent') values.push(condition.value)
  }
  return shape
}

function updateText(change: Update): string {
  const set = ['"previous" = "state"']
  for (const [field, value] of Object.entries(change.set)) {
    if (isRemove(value)) set.push(`${name(field)} = NULL`)
    else set.push(isAdd(value) ? `${name(field)} = ${name(field)} + ?` : `${name(field)} = ?`)
  }
  if (change.history) set.push('"history" = ?')
  else if (change.entry) set.push(`"history" = "history" || ',' || ?`)
  const where = ['"id" = ?', ...change.expect.map(clause)]
  return `UPDATE task SET ${set.join(', ')} WHERE ${where.join(' AND ')} RETURNING ${SELECTED}, "previous"`
}

function clause({ field, op }: Condition): string {
  const column = name(field)
  switch (op) {
    case 'is':
      return `${column} = ?`
    case 'isNot':
      return `${column} <> ?`
    case 'notAfter':
    case 'atMost':
      return `${column} <= ?`
    case 'after':
    case 'above':
      return `${column} > ?`
    case 'absent':
      return `${column} IS NULL`
    case 'absentOrAfter':
      return `(${column} IS NULL OR ${column} > ?)`
  }
}

function name(field: string): string {
  if (!fields.has(field)) throw new TypeError(`a task row has no field "${field}"`)
  return `"${field}"`
}
