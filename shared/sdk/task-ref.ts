import type { TaskHandle } from './submit-body.ts'

/** A task by its id, or by what `enqueue` returned, which carries the type of its result. */
export type TaskRef<Output = unknown> = string | TaskHandle<Output>

/** The path of a task, below `/api/v1`. */
export function pathOf(task: TaskRef): string {
  const id = typeof task === 'string' ? task : task.id
  // `/tasks/` would be the list.
  if (!id) throw new TypeError('the id of the task is empty')
  return `/tasks/${encodeURIComponent(id)}`
}
