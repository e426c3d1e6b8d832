import type { Actor } from '../core/actor.ts'
import { PulseError } from '../core/errors.ts'
import { isWaiting } from '../core/task.ts'
import { stop } from '../core/transitions.ts'
import type { ListedRow } from '../ports/task-store.ts'
import { LEASE_MS } from './attempt-ports.ts'
import type { Environment } from './environment.ts'

/** What came of a call. */
export interface OwnerRemoval {
  /** Tasks that this call has removed. */
  readonly removed: number
  /** Whether there are more: call again. */
  readonly left: boolean
}

/** Rows that are worked on at a time: on SQLite, in one turn of the event loop. */
const PAGE_ROWS = 100
/**
 * Who held a task may write beside its row until it knows that it holds it no more: log lines, a result that is too long for the row. So
 * a row is kept for this long after its end, and leads to what came late. Longer than a lease, and than a write takes.
 */
const HELD_MS = LEASE_MS + 30_000

/**
 * Removes the tasks of an owner, as far as time allows (SEC-22). Each row is the way back to all that is beside it, and the list to each
 * row: cut off anywhere, the next call goes on. What waits is removed at once; what runs is taken from its holder, whose writes are
 * refused from then on, and removed later.
 */
export async function removeOwner(
  on: Environment,
  actor: Actor,
  owner: string,
  hasTime: () => boolean,
): Promise<OwnerRemoval> {
  if (actor.role !== 'admin') throw new PulseError('forbidden', 'removing an owner needs the role admin')
  let removed = 0
  for (;;) {
    const fates = await pass(on, actor, owner, hasTime)
    removed += fates.filter(fate => fate === 'removed').length
    // Once more, because what ran may have enqueued others meanwhile.
    if (fates.every(fate => fate === 'left' || fate === 'not looked at') || !hasTime())
      return { removed, left: fates.some(fate => fate !== 'removed') }
  }
}

type Fate = 'removed' | 'taken' | 'left' | 'not looked at'

async function pass(on: Environment, actor: Actor, owner: string, hasTime: () => boolean): Promise<readonly Fate[]> {
  const fates: Fate[] = []
  for (let after: string | undefined; ; ) {
    const query = { owner, now: on.clock.now(), limit: PAGE_ROWS, ...(after !== undefined && { after }) }
    const { rows, next } = await on.backend.tasks.list(query)
    fates.push(...(await Promise.all(rows.map(row => remove(on, actor, row)))))
    if (next === undefined) return fates
    if (!hasTime()) return [...fates, 'not looked at']
    after = next
  }
}

async function remove(on: Environment, actor: Actor, row: ListedRow): Promise<Fate> {
  if (row.state === 'RUNNING') return takeBack(on, actor, row.id)
  const mayBeWritten = !isWaiting(row.state) && (row.finishedAt ?? 0) + HELD_MS > on.clock.now()
  return !mayBeWritten && (await on.backend.tasks.remove(row)) ? 'removed' : 'left'
}

/** Ends a running task in its holder's name. */
async function takeBack(on: Environment, actor: Actor, id: string): Promise<Fate> {
  const row = await on.backend.tasks.read(id)
  if (row?.leaseToken === undefined) return 'left'
  const now = on.clock.now()
  const lease = { task: id, token: row.leaseToken, endsAt: now }
  const committed = await on.backend.tasks.commit(stop(lease, row, 'its owner is being removed', now))
  if (!committed.ok) return 'left'
  on.emit({ type: 'task.canceled', row: committed.row, by: actor.by })
  return 'taken'
}
