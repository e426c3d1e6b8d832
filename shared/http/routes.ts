import { authRoutes } from './auth-routes.ts'
import { opsRoutes } from './ops-routes.ts'
import { plainLimits, type Route } from './route.ts'
import { scheduleRoutes } from './schedule-routes.ts'
import { taskRoutes } from './task-routes.ts'

/** The one route table: the router, OpenAPI, the gateway, the stacks and the authorization matrix are made from it. */
export const routes = { ...taskRoutes, ...scheduleRoutes, ...opsRoutes, ...authRoutes } as const satisfies Record<
  string,
  Route
>
export type Routes = typeof routes
export type RouteId = keyof Routes

export const routeList: readonly (Route & { readonly id: RouteId })[] = Object.entries<Route>(routes).map(
  ([id, route]) => ({
    ...route,
    id: id as RouteId, // the keys of a constant object
  }),
)

/** Methods that a path knows, for `Allow`; none for an unknown path. */
export function methodsOf(path: string): string[] {
  const plain = withoutSlash(path)
  return patterns.filter(([pattern]) => pattern.test(plain)).map(([, method]) => method)
}

const patterns = routeList.map(
  route => [new RegExp(`^${route.path.replace(/\{\w+\}/g, '[^/]+')}$`), route.method] as const,
)

/** Largest body that any route of the path takes, in bytes. */
export function bodyBytesOf(path: string): number {
  return bodyBytes.get(withoutSlash(path)) ?? plainLimits.bytes
}

const bodyBytes = new Map(
  routeList.flatMap(route => (route.body ? [[route.path, route.body.limits.bytes] as const] : [])),
)

/** The function that serves a path. What no route knows is refused by `ops`. */
export function groupOf(path: string): Route['group'] {
  const end = path.indexOf('/', API_ROOT.length)
  return groups.get(end < 0 ? path : path.slice(0, end)) ?? 'ops'
}

const API_ROOT = '/api/v1/'
const groups = new Map(routeList.map(route => [route.path.split('/', 4).join('/'), route.group]))

function withoutSlash(path: string): string {
  return path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path
}
