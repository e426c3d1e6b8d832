import type { Actor } from '../core/actor.ts'
import type { Engine } from '../engine/engine.ts'
import type { AuditEntry, AuditLog } from '../identity/audit.ts'
import type { Clock } from '../ports/clock.ts'
import type { Schedules } from '../schedules/schedules.ts'
import type { Cursors } from './cursor.ts'
import type { CallContext, HttpEvent, HttpResult } from './event.ts'
import type { RequestLimiter } from './request-limits.ts'
import type { BodyOf, HeadersOf, QueryOf, Route } from './route.ts'

/** What the handlers of all routes need. */
export interface HandlerPorts {
  readonly cursors: Cursors
  readonly clock: Pick<Clock, 'now'>
  /** @throws PulseError `unauthorized` */
  readonly actorOf: (event: HttpEvent) => Actor | Promise<Actor>
  readonly audit: Pick<AuditLog, 'append'>
  /** Absent where requests are not limited. */
  readonly limiter?: RequestLimiter
  /** Told of errors that the caller was not told of. */
  readonly onFailure?: (failure: Failure) => void
}

export interface TaskPorts extends HandlerPorts {
  readonly engine: Engine
  /** Longest time that `Prefer: wait` is granted: 15 s on Lambda, 60 s embedded. */
  readonly maxWaitMs: number
  /** Longest timeout that a task may be given: what a function can run; any when absent. */
  readonly maxTimeoutMs?: number
}

export interface SchedulePorts extends HandlerPorts, Pick<TaskPorts, 'maxTimeoutMs'> {
  readonly schedules: Schedules
}

export interface OpsPorts extends HandlerPorts {
  readonly engine: Engine
  readonly schedules: Pick<Schedules, 'list' | 'removeOwner'>
}

/** What the verbs of each group may ask for. On AWS the function that serves it has no more, and may do no more. */
export interface GroupPorts extends Readonly<Record<Route['group'], HandlerPorts>> {
  readonly tasks: TaskPorts
  readonly schedules: SchedulePorts
  readonly ops: OpsPorts
}

export interface Failure {
  readonly error: unknown
  readonly requestId: string
  readonly method: string
  readonly path: string
}

/** A request that was let in, read and checked. */
export interface Call<R extends Route = Route> {
  readonly actor: Actor
  /** From the path; empty where the path has none. */
  readonly id: string
  readonly body: BodyOf<R>
  readonly query: QueryOf<R>
  readonly headers: HeadersOf<R>
  readonly event: HttpEvent
  readonly context: CallContext
  /** Tells the audit log more, if the route is audited. */
  note(details: Note): void
}

/** What a verb knows about what it does, for the audit log. */
export type Note = Partial<Pick<AuditEntry, 'by' | 'target' | 'owner' | 'before' | 'after' | 'reason'>>

export type Verb<R extends Route = Route> = (call: Call<R>, on: GroupPorts[R['group']]) => Promise<HttpResult>

/** An answer without a body. */
export const noContent: HttpResult = { statusCode: 204 }

/** An answer in JSON. */
export function json(statusCode: number, body: string, headers?: Record<string, string>): HttpResult {
  return { statusCode, headers: { 'content-type': 'application/json', ...headers }, body }
}
