import type { Hint, TaskRow } from '../core/task.ts'
import { isTaskId } from '../core/task-id.ts'

/** The text of a message that carries a hint: only what never changes about the task. */
export function hintBody({ id, name, traceparent }: Pick<TaskRow, 'id' | 'name' | 'traceparent'>): string {
  return JSON.stringify({ task: id, name, ...(traceparent !== undefined && { traceparent }) })
}

/** @returns the hint that a message carries, or why it carries none */
export function readHint(body: string, messageId: string): Hint | { readonly why: string } {
  let read: unknown
  try {
    read = JSON.parse(body)
  } catch {
    return { why: 'it is not JSON' }
  }
  if (typeof read !== 'object' || read === null) return { why: 'it is not an object' }
  const { task, name, traceparent } = read as Readonly<Record<string, unknown>>
  if (typeof task !== 'string' || !isTaskId(task)) return { why: '"task" is not the id of a task' }
  if (typeof name !== 'string' || name === '') return { why: '"name" is not the name of a task' }
  return { task, name, messageId, ...(typeof traceparent === 'string' && { traceparent }) }
}
