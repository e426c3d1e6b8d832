import { PulseError } from '../core/errors.ts'
import type { EditRequest } from '../engine/requests.ts'
import { type Call, type HandlerPorts, json, type Verb } from './call.ts'
import { etag, taskJson } from './present-task.ts'
import type { Routes } from './routes.ts'

export const editTask: Verb<Routes['editTask']> = async (call, on) => {
  const version = await expectedVersion(call, call.headers['if-match'], on)
  const task = await on.engine.edit(call.actor, call.id, editRequest(call.body), version)
  // Which fields, and not what is in them: payloads are nobody's business (SEC-45).
  call.note({ owner: task.row.owner, after: { fields: Object.keys(call.body) } })
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

/** The one version that the edit may be based on; of several, the one that the task has now. */
async function expectedVersion(
  call: Call,
  match: 'any' | readonly number[] | undefined,
  on: HandlerPorts,
): Promise<number | undefined> {
  if (match === undefined || match === 'any') return undefined
  if (match.length === 1) return match[0]
  const { row } = await on.engine.get(call.actor, call.id)
  if (match.includes(row.version)) return row.version
  throw new PulseError('precondition_failed', 'the task has changed since you read it: read it again, then edit', {
    extra: { version: row.version },
  })
}
