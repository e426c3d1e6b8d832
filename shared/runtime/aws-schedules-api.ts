import { LONGEST_TIMEOUT_MS } from '../aws/names.ts'
import type { HttpHandler } from '../http/event.ts'
import { createSchedulesHandler } from '../http/schedules-handler.ts'
import { openAws, type TasksModule } from './aws.ts'
import { handlerPorts } from './aws-api.ts'
import { opened, openSchedules } from './aws-schedules.ts'
import type { Variables } from './aws-settings.ts'
import { whenReady } from './when-ready.ts'

export function createSchedulesFunction(env: Variables, tasks: TasksModule): HttpHandler {
  const aws = openAws(env, tasks)
  const schedules = opened(openSchedules(aws, env).schedules, (schedule, error) =>
    aws.emit({ type: 'schedule.failed', schedule, error }),
  )
  const maxTimeoutMs = LONGEST_TIMEOUT_MS
  return whenReady(async () => createSchedulesHandler({ ...(await handlerPorts(aws, env)), schedules, maxTimeoutMs }))
}
