import type { Route } from '../shared/http/route.ts'
import { groupOf, routeList } from '../shared/http/routes.ts'

/** A path with everything below it, and the function that serves it. */
export interface Collection {
  readonly path: string
  readonly group: Route['group']
}

/** Parts of a path up to its collection: `/api/v1/tasks`, `/health`. */
const COLLECTION = /^\/api\/v1\/[^/]+|^\/[^/]+/

/**
 * The gateway knows collections only; each function has the routes themselves, so that a wrong method or a path that is almost right
 * is answered by a problem that says so.
 */
export const collections: readonly Collection[] = [
  ...new Set(routeList.map(({ path }) => COLLECTION.exec(path)?.[0] ?? path)),
].map(path => ({ path, group: groupOf(path) }))

/** The path of each collection, with what leads to its function. Where there are no accounts, nothing leads to theirs. */
export function served<T>(by: Readonly<Partial<Record<Route['group'], T>>>): (readonly [path: string, by: T])[] {
  return collections.flatMap(({ path, group }) => {
    const leads = by[group]
    return leads ? [[path, leads] as const] : []
  })
}
