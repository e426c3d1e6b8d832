import { json, type Verb } from './call.ts'
import { etag, taskJson } from './present-task.ts'
import type { Routes } from './routes.ts'

/** 202 while the handler of a running task has yet to be told. */
export const cancelTask: Verb<Routes['cancelTask']> = async ({ actor, id, note }, on) => {
  const task = await on.engine.cancel(actor, id)
  note({ owner: task.row.owner, after: { state: task.row.state } })
  return json(task.row.state === 'RUNNING' ? 202 : 200, taskJson(task, on.clock.now()), { etag: etag(task.row) })
}

export const deleteTask: Verb<Routes['deleteTask']> = async ({ actor, id, note }, on) => {
  const task = await on.engine.cancel(actor, id)
  note({ owner: task.row.owner, after: { state: task.row.state } })
  return json(200, taskJson(task, on.clock.now()), { etag: etag(task.row) })
}
