import type { Actor } from '../core/actor.ts'
import { PulseError } from '../core/errors.ts'
import type { UserRemoval } from '../identity/remove-user.ts'
import { json, type OpsPorts, type Verb } from './call.ts'
import type { Routes } from './routes.ts'

export interface OwnerRemovalPorts extends Pick<OpsPorts, 'engine' | 'schedules' | 'clock'> {
  readonly removal: UserRemoval
}

/** Of one call: a page that was begun in this time ends before the gateway gives up. */
const TIME_MS = 10_000

export function createRemoveOwner(removal: UserRemoval): Verb<Routes['removeOwner']> {
  return async ({ actor, id, note }, { engine, schedules, clock }) => {
    const removed = await removeOwner({ engine, schedules, clock, removal }, actor, id)
    note({ target: id, owner: id, after: { ...removed } })
    return json(200, JSON.stringify(removed))
  }
}

/**
 * Removes an owner as far as one call gets (SEC-22). First the user is let in no more and nothing more is scheduled, and last goes the
 * user itself, so that until nothing is left another call finds the way to what is.
 * @throws PulseError `not_found` for an id of which there is nothing
 */
export async function removeOwner(
  { engine, schedules, clock, removal }: OwnerRemovalPorts,
  actor: Actor,
  id: string,
): Promise<{ readonly done: boolean; readonly removed: number }> {
  const began = clock.now()
  const hasTime = () => clock.now() < began + TIME_MS
  const isKnown = await removal.shutOut(actor, id)
  const isScheduled = await removeSchedules(schedules, id, hasTime)
  const { removed, left } = await engine.removeOwner(actor, id, hasTime)
  if (!isKnown && !isScheduled && removed === 0 && !left)
    throw new PulseError('not_found', 'there is nothing of an owner with this id')
  const isAlone = (await removal.removeCredentials(id, hasTime)) && !left && !isScheduled
  return { done: isAlone && (await removal.removeUser(id, began)), removed }
}

/**
 * @returns whether there were any, and so may be more: those left for want of time, and the task that one was making when it was
 * removed, which only another call is sure to see
 */
async function removeSchedules(
  schedules: OwnerRemovalPorts['schedules'],
  owner: string,
  hasTime: () => boolean,
): Promise<boolean> {
  const found = await schedules.list({ owner, by: owner, role: 'viewer' }, { limit: 1 })
  if (found.schedules.length === 0) return false
  await schedules.removeOwner(owner, hasTime)
  return true
}
