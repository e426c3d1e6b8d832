import { json, type Verb } from './call.ts'
import { expectedTaskVersion } from './if-match.ts'
import { etag, taskJson, taskPath } from './present-task.ts'
import type { Routes } from './routes.ts'

export const requeueTask: Verb<Routes['requeueTask']> = async (call, on) => {
  const { actor, id, body, event, note } = call
  const request = body.payload === undefined ? {} : { payload: body.payload }
  const task = await on.engine.requeue(actor, id, request, await expectedTaskVersion(call, on))
  note({ owner: task.row.owner, after: { run: task.row.run } })
  return json(202, taskJson(task, on.clock.now()), { etag: etag(task.row), location: taskPath(event, id) })
}
