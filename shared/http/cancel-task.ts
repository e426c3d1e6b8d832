import type { LoadedTask } from '../engine/requests.ts'
import { type Call, json, type TaskPorts, type Verb } from './call.ts'
import { type Conditional, expectedTaskVersion } from './if-match.ts'
import { etag, taskJson } from './present-task.ts'
import type { Routes } from './routes.ts'

/** 202 while the handler of a running task has yet to be told. */
export const cancelTask: Verb<Routes['cancelTask']> = async (call, on) => {
  const task = await cancel(call, on)
  return json(task.row.state === 'RUNNING' ? 202 : 200, taskJson(task, on.clock.now()), { etag: etag(task.row) })
}

export const deleteTask: Verb<Routes['deleteTask']> = async (call, on) => {
  const task = await cancel(call, on)
  return json(200, taskJson(task, on.clock.now()), { etag: etag(task.row) })
}

async function cancel(call: Conditional & Pick<Call, 'note'>, on: TaskPorts): Promise<LoadedTask> {
  const { actor, id, note } = call
  const task = await on.engine.cancel(actor, id, await expectedTaskVersion(call, on))
  note({ owner: task.row.owner, after: { state: task.row.state } })
  return task
}
