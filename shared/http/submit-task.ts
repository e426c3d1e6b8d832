import { invalidField } from '../core/errors.ts'
import type { Instant } from '../core/task.ts'
import type { SubmitRequest } from '../engine/requests.ts'
import { json, type Verb } from './call.ts'
import { presentSubmitted, taskJson, taskPath } from './present-task.ts'
import type { Routes } from './routes.ts'
import type { SubmitBody } from './task-schemas.ts'
import { grantedWait, waitForTask } from './wait-for-task.ts'

export const submitTask: Verb<Routes['submitTask']> = async (call, on) => {
  const { headers } = call
  const { row, replayed } = await on.engine.submit(
    call.actor,
    submitRequest(call.body, headers.traceparent, on.maxTimeoutMs),
    headers['idempotency-key'],
  )
  const answerHeaders: Record<string, string> = { location: taskPath(call.event, row.id), 'retry-after': '1' }
  if (replayed) answerHeaders['idempotency-replayed'] = 'true'
  const wait = grantedWait(call, headers.prefer, on)
  if (!wait) return json(202, JSON.stringify(presentSubmitted(row, on.clock.now())), answerHeaders)
  const task = await waitForTask(call, row.id, wait, on)
  return json(202, taskJson(task, on.clock.now()), { ...answerHeaders, ...wait.header })
}

type Writable = { -readonly [Field in keyof SubmitRequest]: SubmitRequest[Field] }

/** Field by field: what is absent stays absent, and what only this edge knows goes no further. */
export function submitRequest(
  body: SubmitBody,
  traceparent: string | undefined,
  maxTimeoutMs = Number.POSITIVE_INFINITY,
): SubmitRequest {
  if (body.timeout !== undefined && body.timeout > maxTimeoutMs)
    throw invalidField('/timeout', `must be at most ${maxTimeoutMs / 60_000}m here`)
  const request: Writable = { name: body.name }
  if (body.payload !== undefined) request.payload = body.payload
  if (body.priority !== undefined) request.priority = body.priority
  if (body.delay !== undefined) request.delayMs = body.delay
  if (body.runAt !== undefined) request.runAt = body.runAt satisfies Instant
  if (body.expiresAt !== undefined) request.expiresAt = body.expiresAt
  if (body.maxAttempts !== undefined) request.maxAttempts = body.maxAttempts
  if (body.backoff !== undefined) request.backoff = body.backoff
  if (body.timeout !== undefined) request.timeoutMs = body.timeout
  if (body.title !== undefined) request.title = body.title
  if (body.description !== undefined) request.description = body.description
  if (body.tags !== undefined) request.tags = body.tags
  if (traceparent !== undefined) request.traceparent = traceparent
  return request
}
