import middy from '@middy/core'
import httpRouter from '@middy/http-router'
import { PulseError } from '../core/errors.ts'
import type { Actor } from '../engine/actor.ts'
import type { Call, HandlerPorts, Verb } from './call.ts'
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
import type { Role, Route } from './route.ts'
import { methodsOf } from './routes.ts'
import { securityHeaders } from './security-headers.ts'

/** The Lambda handler of a group of routes: normalise, route, let in, read, do, and say what went wrong. */
export function createHandler<R extends Readonly<Record<string, Route>>>(
  routes: R,
  verbs: { readonly [Id in keyof R]: Verb<R[Id]> },
  on: HandlerPorts,
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
      throw unroutable(method, path)
    },
  })
  const handler = middy<HttpEvent, HttpResult>()
    .before(request => {
      request.event = normaliseEvent(request.event as AnyHttpEvent)
    })
    .after(request => {
      if (request.response) request.response = withCommonHeaders(request.response, requestIdOf(request.event))
    })
    .onError(request => {
      request.response = failed(request.error, request.event, on)
    })
    .handler(router)
  // Middy's types know only the full context of Lambda; the handlers need two optional members of it.
  return handler as unknown as HttpHandler
}

async function serve(
  route: Route,
  verb: Verb,
  event: HttpEvent,
  context: CallContext,
  on: HandlerPorts,
): Promise<HttpResult> {
  const actor = route.role === 'public' ? nobody : await admitted(route.role, event, on)
  const call: Call = {
    actor,
    id: event.pathParameters?.id ?? event.pathParameters?.file ?? '',
    headers: readHeaders(event, route) as undefined,
    query: readQuery(event, route) as undefined,
    body: readBody(event, route) as undefined,
    event,
    context,
  }
  return verb(call, on)
}

/** Owns nothing: what public routes act as. */
const nobody: Actor = { owner: '', by: '', role: 'viewer' }
const ranks: Readonly<Record<Role, number>> = { public: 0, viewer: 1, operator: 2, admin: 3 }

async function admitted(role: Role, event: HttpEvent, on: HandlerPorts): Promise<Actor> {
  const actor = await on.actorOf(event)
  if (ranks[actor.role] >= ranks[role]) return actor
  throw new PulseError('forbidden', `this needs the role ${role}; yours is ${actor.role}`)
}

function unroutable(method: string, path: string): PulseError {
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

function withCommonHeaders(result: HttpResult, requestId: string): HttpResult {
  result.headers = { ...securityHeaders, 'x-request-id': requestId, ...result.headers }
  return result
}
