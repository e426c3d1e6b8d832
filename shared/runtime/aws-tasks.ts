import type { HttpHandler } from '../http/event.ts'
import { createTasksHandler } from '../http/tasks-handler.ts'
import type { Schedules } from '../schedules/schedules.ts'
import { openAws, type TasksModule } from './aws.ts'
import { handlerPorts } from './aws-api.ts'
import type { Variables } from './aws-settings.ts'
import { whenReady } from './when-ready.ts'

export function createTasksFunction(env: Variables, tasks: TasksModule): HttpHandler {
  const aws = openAws(env, tasks)
  return whenReady(async () => createTasksHandler(await handlerPorts(aws, env, noSchedules)))
}

/** No route of tasks asks for anything of schedules, and what serves them may not touch any. */
const noSchedules = Object.freeze({}) as Schedules
