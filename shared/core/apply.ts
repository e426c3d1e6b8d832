import { type Condition, isAdd, isRemove, type Update } from './change.ts'
import type { TaskRow } from './task.ts'

/** Whether all of a change's clauses hold on a row. */
export function holds(row: TaskRow, conditions: readonly Condition[]): boolean {
  for (const { field, op, value } of conditions) if (!clauseHolds(row[field], op, value)) return false
  return true
}

function clauseHolds(found: unknown, op: Condition['op'], value: string | number): boolean {
  switch (op) {
    case 'is':
      return found === value
    case 'absent':
      return found === undefined
    case 'absentOrAfter':
      return found === undefined || (found as typeof value) > value
    default:
      return found !== undefined && compares(found as typeof value, op, value)
  }
}

function compares(
  found: string | number,
  op: Exclude<Condition['op'], 'is' | 'absent' | 'absentOrAfter'>,
  value: string | number,
): boolean {
  switch (op) {
    case 'isNot':
      return found !== value
    case 'notAfter':
    case 'atMost':
      return found <= value
    case 'after':
    case 'above':
      return found > value
  }
}

/** The row as a change leaves it. */
export function applied(row: TaskRow, change: Update): TaskRow {
  // Fields of the set are those of the row by type; `undefined` stands for absence.
  const next: Record<string, unknown> = { ...row }
  for (const field in change.set) {
    const value = change.set[field as keyof typeof change.set]
    if (isRemove(value)) next[field] = undefined
    else next[field] = isAdd(value) ? (next[field] as number) + value.add : value
  }
  if (change.history) next.history = change.history
  else if (change.entry) next.history = [...row.history, change.entry]
  return next as unknown as TaskRow
}
