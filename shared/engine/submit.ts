import type { Actor } from '../core/actor.ts'
import { LONGEST_DELAY_MS } from '../core/backoff.ts'
import { invalidField, PulseError } from '../core/errors.ts'
import { type Instant, type Priority, priorities, type TaskRow } from '../core/task.ts'
import { derivedTaskId, requestFingerprint, taskId } from '../core/task-id.ts'
import { type NewTask, submit } from '../core/transitions.ts'
import { payloadText, placeBody } from './body.ts'
import { checkPayload, findDefinition } from './check-payload.ts'
import type { Environment } from './environment.ts'
import type { Origin, SubmitRequest, Submitted } from './requests.ts'

const DEFAULT_PRIORITY = 3

/**
 * Stores a task, then has its hint sent. With a key the id is derived from it, so the put itself detects a repeat (H3, H79).
 * @param key an Idempotency-Key, or what makes the task
 * @throws PulseError when the request is refused
 */
export async function submitTask(
  on: Environment,
  actor: Actor,
  request: SubmitRequest,
  key?: string | Origin,
): Promise<Submitted> {
  const definition = findDefinition(on.registry, request.name)
  const checked = checkPayload(definition, request.payload)
  if (checked instanceof Promise) await checked
  const now = on.clock.now()
  const runAt = runTime(request, now)
  const id = submittedId(actor, key) ?? taskId(on.entropy.id())
  const fingerprint = typeof key === 'string' ? requestFingerprint({ ...request, traceparent: undefined }) : undefined
  const placed = placeBody(payloadText(request.payload), id, on.backend.blobs, on.entropy)
  const body = placed instanceof Promise ? await placed : placed

  const task: NewTask = {
    id,
    name: request.name,
    owner: actor.owner,
    priority: checkPriority(request.priority ?? DEFAULT_PRIORITY),
    maxAttempts: request.maxAttempts ?? definition.retry.maxAttempts,
    runAt,
    ...chosen(request),
    ...(body.text !== undefined && { payload: body.text }),
    ...(body.at !== undefined && { payloadAt: body.at }),
    ...(fingerprint !== undefined && { fingerprint }),
    ...(typeof key === 'object' && madeFor(key)),
  }
  const committed = await on.backend.tasks.commit(submit(task, now))
  if (committed.ok) return announced(on, { row: committed.row, replayed: false })
  const row = await replayed(on, committed.winner, fingerprint)
  // Without a key nobody else can have made this id: the row is our own, its first answer was lost below us (H3).
  return announced(on, { row, replayed: key !== undefined })
}

/** The id that a repeat of this submit has as well; undefined for one that nobody can tell from another. */
export function submittedId({ owner }: Actor, key: string | Origin | undefined): string | undefined {
  if (key === undefined) return undefined
  return typeof key === 'string' ? derivedTaskId(owner, key) : key.id
}

function madeFor({ scheduleId, scheduledFor }: Origin): Partial<NewTask> {
  return { scheduleId, ...(scheduledFor !== undefined && { scheduledFor }) }
}

/** The row that won is the same request, stored before; or the key was used for another one. */
async function replayed(
  on: Environment,
  winner: TaskRow | undefined,
  fingerprint: string | undefined,
): Promise<TaskRow> {
  if (!winner)
    throw new PulseError('unavailable', 'the task was removed while this request looked at it: send the request again')
  if (winner.fingerprint !== fingerprint) {
    const detail = 'this Idempotency-Key was used with another request: use a new key for a new task'
    throw new PulseError('idempotency_key_reused', detail, { errors: [{ pointer: 'Idempotency-Key', detail }] })
  }
  // The first try may have died before its hint was sent (H1).
  if (winner.state === 'PENDING' || winner.state === 'RETRYING') await on.backend.hints.send(winner, winner.runAt)
  return winner
}

function announced(on: Environment, submitted: Submitted): Submitted {
  on.emit({ type: 'task.submitted', ...submitted })
  return submitted
}

/** Handlers submit as well, past the API: a task of another priority has no lane, and would wait for ever. */
function checkPriority(priority: Priority): Priority {
  if (priorities.includes(priority)) return priority
  throw invalidField('/priority', `is a whole number from 1 (most urgent) to 5, not ${priority}`)
}

function runTime(request: SubmitRequest, now: Instant): Instant {
  if (request.delayMs !== undefined && request.runAt !== undefined)
    throw invalidField('/delay', 'give delay or runAt, not both')
  const runAt = request.runAt ?? now + (request.delayMs ?? 0)
  if (runAt > now + LONGEST_DELAY_MS)
    throw invalidField(request.runAt === undefined ? '/delay' : '/runAt', 'must be within 365 days')
  const { expiresAt } = request
  if (expiresAt !== undefined && expiresAt <= Math.max(runAt, now))
    throw invalidField('/expiresAt', 'must be later than now and than the time to run')
  // A time in the past means now: what waits longest is due first, and nobody may jump the queue by an old time.
  return Math.max(runAt, now)
}

/** What the submitter chose; what is absent comes from the definition when an attempt starts. */
function chosen(request: SubmitRequest): Partial<NewTask> {
  const { expiresAt, title, description, tags, traceparent, backoff, timeoutMs } = request
  return {
    ...(expiresAt !== undefined && { expiresAt }),
    ...(title !== undefined && { title }),
    ...(description !== undefined && { description }),
    ...(tags !== undefined && { tags }),
    ...(traceparent !== undefined && { traceparent }),
    ...((backoff !== undefined || timeoutMs !== undefined) && {
      policy: { ...(backoff !== undefined && { backoff }), ...(timeoutMs !== undefined && { timeoutMs }) },
    }),
  }
}
