import { json, type Verb } from './call.ts'
import { etag, taskJson } from './present-task.ts'
import type { Routes } from './routes.ts'
import { grantedWait, waitForTask } from './wait-for-task.ts'

export const getTask: Verb<Routes['getTask']> = async (call, on) => {
  const wait = grantedWait(call, call.headers.prefer, on)
  const task = wait ? await waitForTask(call, call.id, wait, on) : await on.engine.get(call.actor, call.id)
  return json(200, taskJson(task, on.clock.now()), { etag: etag(task.row), ...wait?.header })
}
