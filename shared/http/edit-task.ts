import { PulseError } from '../core/errors.ts'
import type { EditRequest } from '../engine/requests.ts'
import { type Call, json, type Verb } from './call.ts'
import { expectedVersion } from './if-match.ts'
import { etag, taskJson } from './present-task.ts'
import type { Routes } from './routes.ts'

export const editTask: Verb<Routes['editTask']> = async ({ actor, id, headers, body, note }, on) => {
  const current = async () => (await on.engine.get(actor, id)).row.version
  const version = await expectedVersion(headers['if-match'], current, stale)
  const task = await on.engine.edit(actor, id, editRequest(body), version)
  // Which fields, and not what is in them: payloads are nobody's business (SEC-45).
  note({ owner: task.row.owner, after: { fields: Object.keys(body) } })
  return json(200, taskJson(task, on.clock.now()), { etag: etag(task.row) })
}

function editRequest({
  title,
  description,
  tags,
  priority,
  payload,
  runAt,
}: Call<Routes['editTask']>['body']): EditRequest {
  return {
    ...(title !== undefined && { title }),
    ...(description !== undefined && { description }),
    ...(tags !== undefined && { tags }),
    ...(priority !== undefined && { priority }),
    ...(payload !== undefined && { payload }),
    ...(runAt !== undefined && { runAt }),
  }
}

function stale(version: number): PulseError {
  return new PulseError('precondition_failed', 'the task has changed since you read it: read it again, then edit', {
    extra: { version },
  })
}
