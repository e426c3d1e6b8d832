import type { Actor } from '../core/actor.ts'
import { AuditHint } from '../core/audit-hint.ts'
import { PulseError } from '../core/errors.ts'
import { shownState } from '../core/shown-state.ts'
import type { TaskRow } from '../core/task.ts'
import { isTaskId } from '../core/task-id.ts'
import { expire } from '../core/transitions.ts'
import { loadBody } from './body.ts'
import type { Environment } from './environment.ts'
import type { LoadedTask } from './requests.ts'

/** @throws PulseError `not_found`, in the same words for an unknown id and for another owner's (SEC-17) */
export async function readOwned(on: Environment, actor: Actor, id: string): Promise<TaskRow> {
  const row = isTaskId(id) ? await on.backend.tasks.read(id) : undefined
  if (!row) throw notFound()
  if (!maySee(actor, row)) throw notFound(new AuditHint({ owner: row.owner }))
  return row
}

/** As `readOwned`, but what has expired is written down as such first, so that a change is decided on what people see. */
export async function readCurrent(on: Environment, actor: Actor, id: string): Promise<TaskRow> {
  const row = await readOwned(on, actor, id)
  const now = on.clock.now()
  if (row.state === 'EXPIRED' || shownState(row, now) !== 'EXPIRED') return row
  const committed = await on.backend.tasks.commit(expire(row, now))
  if (committed.ok) on.emit({ type: 'task.expired', row: committed.row, by: actor.by })
  const latest = committed.ok ? committed.row : committed.winner
  if (!latest) throw notFound()
  return latest
}

export async function withBodies(on: Environment, row: TaskRow): Promise<LoadedTask> {
  const [payload, result] = await Promise.all([
    row.payloadAt === undefined ? row.payload : loadBody({ at: row.payloadAt }, row.id, on.backend.blobs),
    row.resultAt === undefined ? row.result : loadBody({ at: row.resultAt }, row.id, on.backend.blobs),
  ])
  return { row, payload, result }
}

export function notFound(cause?: AuditHint): PulseError {
  return new PulseError('not_found', 'there is no task with this id', { cause })
}

function maySee(actor: Actor, row: TaskRow): boolean {
  return actor.role !== 'viewer' || row.owner === actor.owner
}

/** Whose tasks an actor's lists hold; undefined stands for everybody's. */
export function listOwner(actor: Actor): string | undefined {
  return actor.role === 'viewer' ? actor.owner : undefined
}
