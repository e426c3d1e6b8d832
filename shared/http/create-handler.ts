import middy from '@middy/core'
import httpRouter from '@middy/http-router'
import type { Actor } from '../core/actor.ts'
import { PulseError } from '../core/errors.ts'
import { createAudited } from './audited.ts'
import type { Call, GroupPorts, HandlerPorts, Verb } from './call.ts'
import {
  type AnyHttpEvent,
  type CallContext,
  type HttpEvent,
  type HttpHandler,
  type HttpResult,
  normaliseEvent,
  requestIdOf,
} from './event.ts'
import { problemResult, pulseErrorOf } from './problem.ts'
import { readBody, readHeaders, readQuery } from './read-request.ts'
import type { Admission } from './request-limits.ts'
import { isLimited, type Role, type Route } from './route.ts'
import { groupOf, methodsOf } from './routes.ts'
import { securityHeaders } from './security-headers.ts'

/** The Lambda handler of a group of routes: normalise, route, let in, read, do, and say what went wrong. */
export function createHandler<R extends Readonly<Record<string, Route>>>(
  routes: R,
  verbs: { readonly [Id in keyof R]: Verb<R[Id]> },
  on: GroupPorts[R[keyof R]['group']],
): HttpHandler {
  const router = httpRouter<HttpEvent, HttpResult>({
    routes: Object.entries(routes).map(([id, route]) => ({
      method: route.method,
      path: route.path,
      // Each verb reads what its own route's schemas made.
      handler: (event: HttpEvent, context: unknown) =>
        serve(route, verbs[id] as unknown as Verb, event, context as CallContext, on),
    })),
    notFoundResponse: ({ method, path }) => {
      throw unroutable(method, path, Object.values(routes)[0]?.group)
    },
  })
  const handler = middy<HttpEvent, HttpResult>()
    .before(request => {
      request.event = normaliseEvent(request.event as AnyHttpEvent)
    })
    .after(request => {
      if (request.response)
        request.response = withCookies(withCommonHeaders(request.response, requestIdOf(request.event)), request.event)
    })
    .onError(request => {
      request.response = failed(request.error, request.event, on)
    })
    .handler(router)
  // Middy's types know only the full context of Lambda; the handlers need two optional members of it.
  return handler as unknown as HttpHandler
}

/** Let in, limit, read, do; whatever comes of it is noted where it has to be. */
async function serve(
  route: Route,
  verb: Verb,
  event: HttpEvent,
  context: CallContext,
  on: GroupPorts[Route['group']],
): Promise<HttpResult> {
  const audited = createAudited(route, event, on)
  let actor: Actor | undefined
  let admission: Admission | undefined
  try {
    const admit = (asks?: Actor) =>
      on.limiter?.admit(asks, event.requestContext.http.sourceIp, route.group === 'auth' && route.role === 'public')
    if (route.role !== 'public') actor = await known(event, on, admit)
    if (isLimited(route)) admission = await admit(actor)
    if (actor) refuseBeyond(route, actor)
    const call: Call = {
      actor: actor ?? nobody,
      id: event.pathParameters?.id ?? event.pathParameters?.file ?? '',
      headers: readHeaders(event, route) as undefined,
      query: readQuery(event, route) as undefined,
      body: readBody(event, route) as undefined,
      event,
      context,
      note: audited.note,
    }
    const result = await verb(call, on)
    // A repeat costs nothing.
    if (result.headers?.['idempotency-replayed'] === 'true') await admission?.giveBack()
    await audited.write(actor)
    return { ...result, headers: { ...admission?.headers, ...result.headers } }
  } catch (thrown) {
    const error = pulseErrorOf(thrown)
    // A flood that the limiter has stopped must not go on in the log.
    if (!isFlood(error)) await audited.write(actor, error)
    const result = failed(thrown, event, on)
    return { ...result, headers: { ...admission?.headers, ...result.headers } }
  }
}

function isFlood({ code, headers }: PulseError): boolean {
  return code === 'rate_limited' && 'ratelimit' in headers
}

/** Owns nothing: what public routes act as. */
const nobody: Actor = { owner: '', by: '', role: 'viewer' }
const ranks: Readonly<Record<Role, number>> = { public: 0, viewer: 1, operator: 2, admin: 3 }

/** Who asks; bad credentials are charged to the address that they came from. */
async function known(event: HttpEvent, on: HandlerPorts, charge: () => Promise<Admission> | undefined): Promise<Actor> {
  try {
    return await on.actorOf(event)
  } catch (error) {
    if (error instanceof PulseError) await charge()
    throw error
  }
}

function refuseBeyond({ role, scope }: Route, actor: Actor): void {
  if (scope === 'account' && actor.credential === undefined)
    throw new PulseError('unauthorized', 'this is about an account, and you have not said whose: log in first')
  if (ranks[actor.role] < ranks[role])
    throw new PulseError('forbidden', `this needs the role ${role}; yours is ${actor.role}`)
  if (scope !== undefined && actor.scopes && !actor.scopes.includes(scope))
    throw new PulseError('forbidden', `this needs an API key with the scope ${scope}`)
}

function unroutable(method: string, path: string, group: Route['group'] | undefined): PulseError {
  if (groupOf(path) === 'auth' && group !== 'auth')
    return new PulseError('not_found', 'there are no accounts here: who may call is decided by AWS')
  const allowedMethods = methodsOf(path)
  if (allowedMethods.length === 0)
    return new PulseError('not_found', 'there is nothing at this path; /redoc lists what there is')
  return new PulseError('method_not_allowed', `${method} is not allowed here; use ${allowedMethods.join(', ')}`, {
    extra: { allowedMethods },
  })
}

function failed(thrown: unknown, event: HttpEvent, on: HandlerPorts): HttpResult {
  const error = pulseErrorOf(thrown)
  const { method, path } = event.requestContext.http
  const id = requestIdOf(event)
  if (error.code === 'internal' || error.code === 'unavailable')
    on.onFailure?.({ error: thrown, requestId: id, method, path })
  return withCommonHeaders(problemResult(error, { path, id }), id)
}

/** A REST API takes several headers of one name elsewhere. */
function withCookies(result: HttpResult, { fromRestApi }: HttpEvent): HttpResult {
  const { cookies, ...rest } = result
  if (!fromRestApi || !cookies || cookies.length === 0) return result
  return { ...rest, multiValueHeaders: { 'set-cookie': cookies } } as HttpResult // a result of the older form
}

function withCommonHeaders(result: HttpResult, requestId: string): HttpResult {
  result.headers = { ...securityHeaders, 'x-request-id': requestId, ...result.headers }
  return result
}
