import type { Actor } from '../core/actor.ts'
import type { Update } from '../core/change.ts'
import { changedSince, PulseError } from '../core/errors.ts'
import { type Action, allowedActions } from '../core/lifecycle.ts'
import { shownState } from '../core/shown-state.ts'
import { isTerminal, isWaiting, type TaskRow } from '../core/task.ts'
import { cancel, edit, requestCancel, requeue } from '../core/transitions.ts'
import { payloadText, placeBody } from './body.ts'
import { checkPayload, findDefinition } from './check-payload.ts'
import type { Environment } from './environment.ts'
import { notFound, readCurrent } from './load.ts'
import type { EditRequest } from './requests.ts'

/** Waiting: ends at once. Running: its holder is told, at the latest by its next heartbeat, and whoever is first of complete and cancel wins (P11). */
export async function cancelTask(on: Environment, actor: Actor, id: string, version?: number): Promise<TaskRow> {
  const row = await changeTask(on, actor, id, version, current => {
    if (isWaiting(current.state)) return cancel(current, on.clock.now(), actor.by)
    if (current.state === 'RUNNING')
      return current.cancelRequestedAt === undefined ? requestCancel(current, on.clock.now(), actor.by) : 'as it is'
    throw refusal('cancel', current, on)
  })
  on.emit({ type: row.state === 'RUNNING' ? 'task.cancelRequested' : 'task.canceled', row, by: actor.by })
  return row
}

export async function editTask(
  on: Environment,
  actor: Actor,
  id: string,
  changes: EditRequest,
  version?: number,
): Promise<TaskRow> {
  const body = changes.payload === undefined ? undefined : await checkedBody(on, actor, id, changes.payload)
  const { payload: _, ...fields } = changes
  const row = await changeTask(on, actor, id, version, current => {
    if (current.state !== 'PENDING') throw refusal('edit', current, on)
    const now = on.clock.now()
    const runAt = fields.runAt === undefined ? undefined : Math.max(fields.runAt, now)
    if (runAt !== undefined && current.expiresAt !== undefined && runAt >= current.expiresAt) throw runsAfterExpiry()
    return edit(
      current,
      { ...fields, ...(runAt !== undefined && { runAt }), ...(body && { payload: body }) },
      now,
      actor.by,
    )
  })
  on.emit({ type: 'task.edited', row, by: actor.by })
  return row
}

/** A new run of a task that has ended, with a fresh budget. */
export async function requeueTask(
  on: Environment,
  actor: Actor,
  id: string,
  request: { readonly payload?: unknown },
  version?: number,
): Promise<TaskRow> {
  const body = request.payload === undefined ? undefined : await checkedBody(on, actor, id, request.payload)
  const row = await changeTask(on, actor, id, version, current => {
    if (!isTerminal(current.state)) throw refusal('requeue', current, on)
    return requeue(current, on.clock.now(), actor.by, body)
  })
  on.emit({ type: 'task.requeued', row, by: actor.by })
  return row
}

/** Times that a change is decided anew on a row that somebody else keeps changing. */
const TRIES = 5

/** @param version of the row that the caller has seen (If-Match) */
async function changeTask(
  on: Environment,
  actor: Actor,
  id: string,
  version: number | undefined,
  decide: (current: TaskRow) => Update | 'as it is',
): Promise<TaskRow> {
  let row = await readCurrent(on, actor, id)
  for (let tries = 0; tries < TRIES; tries++) {
    if (version !== undefined && row.version !== version) throw changedSince('task', { version: row.version })
    const change = decide(row)
    if (change === 'as it is') return row
    const committed = await on.backend.tasks.commit(change)
    if (committed.ok) return committed.row
    if (!committed.winner) throw notFound()
    row = committed.winner
  }
  throw new PulseError('unavailable', 'the task is changing too fast: try again')
}

async function checkedBody(on: Environment, actor: Actor, id: string, payload: unknown) {
  const { name } = await readCurrent(on, actor, id)
  await checkPayload(findDefinition(on.registry, name), payload)
  return placeBody(payloadText(payload), id, on.backend.blobs, on.entropy)
}

function refusal(action: Action, row: TaskRow, on: Environment): PulseError {
  const currentState = shownState(row, on.clock.now())
  const open = allowedActions(currentState)
  const hint = open.length > 0 ? `; it can take: ${open.join(', ')}` : ''
  return new PulseError('conflict', `a task that is ${currentState} cannot take "${action}"${hint}`, {
    extra: { currentState, allowedActions: open },
  })
}

function runsAfterExpiry(): PulseError {
  const detail = 'must be earlier than expiresAt'
  return new PulseError('invalid', `runAt ${detail}`, { errors: [{ pointer: '/runAt', detail }] })
}
