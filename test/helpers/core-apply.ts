import type { Change, Condition } from '../../shared/core/change.ts'
import type { TaskRow } from '../../shared/core/task.ts'

/**
 * What a backend does with a change, in the plainest words, so that core can be tested without a backend. Written apart
 * from the adapters and from core: it shares their types only.
 * @returns the new row, or undefined when the change was refused
 */
export function apply(change: Change, row: TaskRow | undefined): TaskRow | undefined {
  if (change.expect === 'absent') return row === undefined ? change.row : undefined
  // An update never creates a row (H63).
  if (row === undefined || row.id !== change.task) return undefined
  if (!change.expect.every(condition => holds(condition, row))) return undefined
  const next: Record<string, unknown> = { ...row }
  for (const [field, value] of Object.entries(change.set)) {
    if (value === undefined) throw new Error(`${field} is set to undefined, which no store can write`)
    const before = next[field]
    if (isObjectWith(value, 'remove', 'boolean')) delete next[field]
    else if (isObjectWith(value, 'add', 'number')) next[field] = sum(field, before, (value as { add: number }).add)
    else next[field] = value
  }
  next.history = change.history ?? [...row.history, ...(change.entry ? [change.entry] : [])]
  // A row with the fields of the one before, changed as the types of Assignments allow.
  return next as unknown as TaskRow
}

function holds({ field, op, value }: Condition, row: TaskRow): boolean {
  const stored = row[field]
  if (stored === undefined) return op === 'absent' || op === 'absentOrAfter'
  switch (op) {
    case 'is':
      return stored === value
    case 'isNot':
      return stored !== value
    case 'notAfter':
    case 'atMost':
      return number(stored) <= number(value)
    case 'after':
    case 'above':
    case 'absentOrAfter':
      return number(stored) > number(value)
    case 'absent':
      return false
  }
}

function sum(field: string, before: unknown, add: number): number {
  if (typeof before !== 'number') throw new Error(`${add} is added to ${field}, which is no number`)
  return before + add
}

function number(value: unknown): number {
  if (typeof value !== 'number') throw new Error(`${String(value)} is compared as a number`)
  return value
}

function isObjectWith(value: unknown, key: string, type: 'boolean' | 'number'): boolean {
  return typeof value === 'object' && value !== null && typeof Reflect.get(value, key) === type
}
