import type { Actor } from '../core/actor.ts'
import { errorCodes, PulseError } from '../core/errors.ts'
import { allowedActions } from '../core/lifecycle.ts'
import { shownState } from '../core/shown-state.ts'
import { isTaskId } from '../core/task-id.ts'
import type { DeadQuery } from '../ports/task-store.ts'
import { json, type OpsPorts, type Verb } from './call.ts'
import type { HttpResult } from './event.ts'
import { listScope, pageResult, placeOf } from './list-tasks.ts'
import { presentHistory, presentSummary } from './present-task.ts'
import { problemOf, pulseErrorOf } from './problem.ts'
import type { Routes } from './routes.ts'

export const listDeadLetters: Verb<Routes['listDeadLetters']> = async (call, on) => {
  const { actor, query } = call
  const filter = deadFilter(query.name ?? query.topic, query.fingerprint)
  const scope = listScope('dead', actor, filter)
  const page = await on.engine.listDead(actor, { ...filter, ...placeOf(query, scope, on) })
  const now = on.clock.now()
  const items = page.rows.map(row => ({ ...presentSummary(row, now), history: presentHistory(row.history) }))
  return pageResult(call, items, page.next, scope, on)
}

export const requeueDeadLetters: Verb<Routes['requeueDeadLetters']> = async ({ actor, body, note }, on) => {
  // Whose they are is known only one by one.
  if (actor.role !== 'viewer')
    note({ owner: 'everybody', after: { ids: body.ids?.filter(isTaskId), name: body.name, all: body.all } })
  if (body.ids) return requeueIds(actor, [...new Set(body.ids)], on)
  const filter = deadFilter(body.name, body.fingerprint)
  const scope = listScope('dead-requeue', actor, filter)
  const { requeued, next } = await on.engine.requeueDead(actor, { ...filter, ...placeOf(body, scope, on) })
  return json(
    200,
    JSON.stringify({ requeued, nextCursor: next === undefined ? undefined : on.cursors.seal(next, scope) }),
  )
}

function deadFilter(
  name: string | undefined,
  fingerprint: string | undefined,
): Pick<DeadQuery, 'name' | 'fingerprint'> {
  return { ...(name !== undefined && { name }), ...(fingerprint !== undefined && { fingerprint }) }
}

/** Each id stands for itself; an answer that fails as a whole would leave the caller guessing which were requeued. */
async function requeueIds(actor: Actor, ids: readonly string[], on: OpsPorts): Promise<HttpResult> {
  const outcomes = await Promise.all(ids.map(id => requeueOne(actor, id, on)))
  const requeued = ids.filter((_, index) => outcomes[index] === undefined)
  const refused = ids.flatMap((id, index) => {
    const error = outcomes[index]
    return error ? [{ id, problem: problemOf(error) }] : []
  })
  return json(200, JSON.stringify({ requeued, ...(refused.length > 0 && { refused }) }))
}

async function requeueOne(actor: Actor, id: string, on: OpsPorts): Promise<PulseError | undefined> {
  try {
    const { row } = await on.engine.get(actor, id)
    if (row.state !== 'DEAD') {
      const currentState = shownState(row, on.clock.now())
      const extra = { currentState, allowedActions: allowedActions(currentState) }
      throw new PulseError('conflict', `the task is no dead letter: it is ${currentState}`, { extra })
    }
    await on.engine.requeue(actor, id, {})
    return undefined
  } catch (error) {
    const known = pulseErrorOf(error)
    if (errorCodes[known.code].status === 500) throw error
    return known
  }
}
