import { present } from '../core/present.ts'
import type { EditRequest } from '../engine/requests.ts'
import { type Call, json, type Verb } from './call.ts'
import { expectedTaskVersion } from './if-match.ts'
import { etag, taskJson } from './present-task.ts'
import type { Routes } from './routes.ts'

export const editTask: Verb<Routes['editTask']> = async (call, on) => {
  const { actor, id, body, note } = call
  const version = await expectedTaskVersion(call, on)
  const task = await on.engine.edit(actor, id, editRequest(body), version)
  // Which fields, and not what is in them: payloads are nobody's business (SEC-45).
  note({ owner: task.row.owner, after: { fields: Object.keys(body) } })
  return json(200, taskJson(task, on.clock.now()), { etag: etag(task.row) })
}

function editRequest(body: Call<Routes['editTask']>['body']): EditRequest {
  const { title, description, tags, priority, payload, runAt } = body
  return present({ title, description, tags, priority, payload, runAt })
}
