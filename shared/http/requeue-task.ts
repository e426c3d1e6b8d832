import { json, type Verb } from './call.ts'
import { etag, taskJson, taskPath } from './present-task.ts'
import type { Routes } from './routes.ts'

export const requeueTask: Verb<Routes['requeueTask']> = async ({ actor, id, body, event, note }, on) => {
  const task = await on.engine.requeue(actor, id, body.payload === undefined ? {} : { payload: body.payload })
  note({ owner: task.row.owner, after: { run: task.row.run } })
  return json(202, taskJson(task, on.clock.now()), { etag: etag(task.row), location: taskPath(event, id) })
}
