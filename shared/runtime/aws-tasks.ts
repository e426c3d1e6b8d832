import { LONGEST_TIMEOUT_MS } from '../aws/names.ts'
import { createEngine } from '../engine/create-engine.ts'
import type { HttpHandler } from '../http/event.ts'
import { createTasksHandler } from '../http/tasks-handler.ts'
import { openAws, type TasksModule } from './aws.ts'
import { handlerPorts } from './aws-api.ts'
import type { Variables } from './aws-settings.ts'
import { whenReady } from './when-ready.ts'

/** Longest `Prefer: wait` here: the gateway gives up after 29 s, and waiting is billed. */
const MAX_WAIT_MS = 15_000

export function createTasksFunction(env: Variables, tasks: TasksModule): HttpHandler {
  const aws = openAws(env, tasks)
  const engine = createEngine(aws)
  const most = { maxWaitMs: MAX_WAIT_MS, maxTimeoutMs: LONGEST_TIMEOUT_MS }
  return whenReady(async () => createTasksHandler({ ...(await handlerPorts(aws, env)), engine, ...most }))
}
