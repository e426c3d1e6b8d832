import { isPathSegment } from './path-segment.ts'
import type { TaskHandle } from './submit-body.ts'

/** A task by its id, or by what `enqueue` returned, which carries the type of its result. */
export type TaskRef<Output = unknown> = string | TaskHandle<Output>

/** The path of a task, below `/api/v1`. */
export function pathOf(task: TaskRef): string {
  const id = typeof task === 'string' ? task : task.id
  if (!isPathSegment(id)) throw new TypeError(`"${id}" is no id of a task`)
  return `/tasks/${encodeURIComponent(id)}`
}
