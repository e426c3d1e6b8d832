import type { Actor } from '../core/actor.ts'
import type { TaskQuery } from '../ports/task-store.ts'
import { type Call, type HandlerPorts, json, type Verb } from './call.ts'
import { calledPath, type HttpResult } from './event.ts'
import { presentSummary } from './present-task.ts'
import { DEFAULT_LIMIT } from './query-schemas.ts'
import type { Routes } from './routes.ts'

export const listTasks: Verb<Routes['listTasks']> = async (call, on) => {
  const { actor, query } = call
  const { state, tag, priority, createdAfter, createdBefore } = query
  const name = query.name ?? query.topic
  const filter: Filter = {
    ...(state && { states: state }),
    ...(name !== undefined && { name }),
    ...(tag && { tag }),
    ...(priority !== undefined && { priority }),
    ...(createdAfter !== undefined && { createdAfter }),
    ...(createdBefore !== undefined && { createdBefore }),
  }
  const scope = listScope('tasks', actor, filter)
  const page = await on.engine.list(actor, { ...filter, ...placeOf(query, scope, on) })
  const now = on.clock.now()
  const items = page.rows.map(row => presentSummary(row, now))
  return pageResult(call, items, page.next, scope, on)
}

type Filter = Omit<TaskQuery, 'owner' | 'now' | 'limit' | 'after'>

/** What a cursor is bound to: another list, owner, role or filter makes it worthless (SEC-20). */
export function listScope(list: string, actor: Actor, filter: object): string {
  return JSON.stringify([list, actor.owner, actor.role, filter])
}

/** Where in its list a page starts, and how long it may be. */
export function placeOf(
  query: { readonly limit?: number | undefined; readonly cursor?: string | undefined },
  scope: string,
  on: Pick<HandlerPorts, 'cursors'>,
): { limit: number; after?: string } {
  const limit = query.limit ?? DEFAULT_LIMIT
  return query.cursor === undefined ? { limit } : { limit, after: on.cursors.open(query.cursor, scope) }
}

/**
 * A page of anything; the next one is named in the body and as a link.
 * @param next where the store goes on, if there are more
 */
export function pageResult(
  { event }: Call,
  items: readonly unknown[],
  next: string | undefined,
  scope: string,
  on: Pick<HandlerPorts, 'cursors'>,
): HttpResult {
  if (next === undefined) return json(200, JSON.stringify({ items }))
  const nextCursor = on.cursors.seal(next, scope)
  const query = new URLSearchParams(event.rawQueryString)
  query.set('cursor', nextCursor)
  const link = `<${calledPath(event, event.rawPath)}?${query}>; rel="next"`
  return json(200, JSON.stringify({ items, nextCursor }), { link })
}
