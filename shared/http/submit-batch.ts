import { errorCodes, PulseError } from '../core/errors.ts'
import { shownState } from '../core/shown-state.ts'
import type { Instant } from '../core/task.ts'
import type { BatchItem } from '../engine/engine.ts'
import type { Submitted } from '../engine/requests.ts'
import { json, type TaskPorts, type Verb } from './call.ts'
import type { HttpEvent } from './event.ts'
import { taskPath } from './present-task.ts'
import { problemOf } from './problem.ts'
import type { HeadersOf } from './route.ts'
import type { Routes } from './routes.ts'
import { submitRequest } from './submit-task.ts'
import { batchItem } from './task-schemas.ts'
import { asPointer, validateItem } from './validate.ts'

/** Items that are well-formed go to the engine together; each answer returns to its item's place (P13). */
export const submitBatch: Verb<Routes['submitBatch']> = async ({ actor, body, headers, event }, on) => {
  const read = body.tasks.map((item, index) => readItem(item, index, headers, on))
  const accepted = read.filter((item): item is BatchItem => !(item instanceof PulseError))
  const outcomes = (await on.engine.submitMany(actor, accepted)).values()
  const now = on.clock.now()
  const items = read.map((item, index) => {
    if (item instanceof PulseError) return refusedItem(item)
    const outcome = outcomes.next().value
    if (outcome === undefined) throw new Error('the engine answered for fewer tasks than it was given')
    return outcome instanceof PulseError ? refusedItem(withinItem(outcome, index)) : acceptedItem(event, outcome, now)
  })
  return json(200, JSON.stringify({ items }))
}

function readItem(
  item: unknown,
  index: number,
  headers: HeadersOf<Routes['submitBatch']>,
  { maxTimeoutMs }: Pick<TaskPorts, 'maxTimeoutMs'>,
): BatchItem | PulseError {
  const key = headers['idempotency-key']
  const body = validateItem(batchItem, item, path => asPointer(['tasks', index, ...path]))
  if (body instanceof PulseError) return body
  const idempotencyKey = body.idempotencyKey ?? (key === undefined ? undefined : `${key}#${index}`)
  try {
    const request = submitRequest(body, headers.traceparent, maxTimeoutMs)
    return { request, ...(idempotencyKey !== undefined && { idempotencyKey }) }
  } catch (error) {
    if (error instanceof PulseError) return withinItem(error, index)
    throw error
  }
}

/** The engine names fields as in a single submit. */
function withinItem(error: PulseError, index: number): PulseError {
  const errors = error.errors.map(({ pointer, detail }) => ({
    pointer: pointer.startsWith('/') ? `/tasks/${index}${pointer}` : pointer,
    detail,
  }))
  return new PulseError(error.code, error.message, { errors, extra: { ...error.extra }, cause: error.cause })
}

function refusedItem(error: PulseError) {
  return { status: errorCodes[error.code].status, problem: problemOf(error) }
}

function acceptedItem(event: HttpEvent, { row, replayed }: Submitted, now: Instant) {
  return {
    status: 202,
    id: row.id,
    state: shownState(row, now),
    location: taskPath(event, row.id),
    ...(replayed && { replayed }),
  }
}
