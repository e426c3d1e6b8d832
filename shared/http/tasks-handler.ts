import type { TaskPorts, Verb } from './call.ts'
import { cancelTask, deleteTask } from './cancel-task.ts'
import { createHandler } from './create-handler.ts'
import { editTask } from './edit-task.ts'
import type { HttpHandler } from './event.ts'
import { listTasks } from './list-tasks.ts'
import { readLogs } from './read-logs.ts'
import { getTask } from './read-task.ts'
import { requeueTask } from './requeue-task.ts'
import { submitBatch } from './submit-batch.ts'
import { submitTask } from './submit-task.ts'
import { taskRoutes } from './task-routes.ts'

const verbs: { readonly [Id in keyof typeof taskRoutes]: Verb<(typeof taskRoutes)[Id]> } = {
  submitTask,
  submitBatch,
  listTasks,
  getTask,
  editTask,
  deleteTask,
  cancelTask,
  requeueTask,
  readLogs,
}

/** Serves `/api/v1/tasks…`: submission, reading, change. */
export function createTasksHandler(on: TaskPorts): HttpHandler {
  return createHandler(taskRoutes, verbs, on)
}
