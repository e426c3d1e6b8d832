import type { Actor } from '../core/actor.ts'
import { PulseError } from '../core/errors.ts'
import { StoreUnavailable } from '../ports/store-unavailable.ts'
import { cancelTask, editTask, requeueTask } from './change-task.ts'
import { pauseDispatch, readDispatch, resumeDispatch } from './dispatch.ts'
import type { BatchItem, Engine, Stats } from './engine.ts'
import type { Environment } from './environment.ts'
import { listOwner, readOwned, withBodies } from './load.ts'
import { removeOwner } from './remove-owner.ts'
import type { Submitted } from './requests.ts'
import { submitWithinLimit } from './submit-limit.ts'
import { waitForEnd } from './wait.ts'

const HOUR_MS = 3_600_000

export function createEngine(on: Environment): Engine {
  const { tasks, logs } = on.backend
  return {
    submit: (actor, request, key) => submitWithinLimit(on, actor, request, key),
    submitMany: (actor, items) => Promise.all(items.map(item => submitItem(on, actor, item))),
    get: async (actor, id) => withBodies(on, await readOwned(on, actor, id)),
    wait: async (actor, id, waitMs, signal) => withBodies(on, await waitForEnd(on, actor, id, waitMs, signal)),
    list: (actor, query) => tasks.list({ ...query, ...ownerFilter(actor), now: on.clock.now() }),
    async logs(actor, id, limit, after) {
      await readOwned(on, actor, id)
      return logs.read(id, limit, after)
    },
    edit: async (actor, id, changes, version) => withBodies(on, await editTask(on, actor, id, changes, version)),
    cancel: async (actor, id, version) => withBodies(on, await cancelTask(on, actor, id, version)),
    requeue: async (actor, id, request, version) => withBodies(on, await requeueTask(on, actor, id, request, version)),
    listDead: (actor, query) => tasks.listDead({ ...query, ...ownerFilter(actor) }),
    async requeueDead(actor, query) {
      const page = await tasks.listDead({ ...query, ...ownerFilter(actor) })
      const requeued = await Promise.all(page.rows.map(row => requeueDead(on, actor, row.id)))
      return { requeued: requeued.filter(id => id !== undefined), ...(page.next !== undefined && { next: page.next }) }
    },
    removeOwner: (actor, owner, hasTime) => removeOwner(on, actor, owner, hasTime),
    pause: (actor, selector, reason, forMs) => pauseDispatch(on, actor, selector, reason, forMs),
    resume: (actor, selector) => resumeDispatch(on, actor, selector),
    dispatch: () => readDispatch(on),
    stats: () => readStats(on),
  }
}

/** One bad item of a batch fails alone. */
async function submitItem(on: Environment, actor: Actor, item: BatchItem): Promise<Submitted | PulseError> {
  try {
    return await submitWithinLimit(on, actor, item.request, item.idempotencyKey)
  } catch (error) {
    if (error instanceof PulseError) return error
    if (error instanceof StoreUnavailable)
      return new PulseError('unavailable', 'the store did not take this task: send it again', { cause: error })
    throw error
  }
}

/** Somebody else may have requeued it since it was listed. */
async function requeueDead(on: Environment, actor: Actor, id: string): Promise<string | undefined> {
  try {
    await requeueTask(on, actor, id, {})
    return id
  } catch (error) {
    if (error instanceof PulseError && (error.code === 'conflict' || error.code === 'not_found')) return undefined
    throw error
  }
}

async function readStats(on: Environment): Promise<Stats> {
  const now = on.clock.now()
  const { stats } = on.backend
  const [counts, ends, oldestWaiting, pauses] = await Promise.all([
    stats.counts(),
    stats.ends(now - HOUR_MS),
    stats.oldestWaiting(now),
    readDispatch(on),
  ])
  return { counts, ends, pauses, ...(oldestWaiting && { oldestWaiting }) }
}

function ownerFilter(actor: Actor): { owner?: string } {
  const owner = listOwner(actor)
  return owner === undefined ? {} : { owner }
}
