import { expect, onTestFinished } from 'vitest'
import type * as z from 'zod'
import { type AnyTask, createRegistry, defineTask, snooze } from '../../shared/core/definition.ts'
import { errorCodes, PulseError } from '../../shared/core/errors.ts'
import { type Actor, localActor } from '../../shared/engine/actor.ts'
import { problem } from '../../shared/http/answer-schemas.ts'
import type { Failure, HandlerPorts } from '../../shared/http/call.ts'
import { createCursors } from '../../shared/http/cursor.ts'
import type { CallContext, HttpEvent, HttpHandler, HttpResult } from '../../shared/http/event.ts'
import { problemCodesOf } from '../../shared/http/openapi.ts'
import { createOpsHandler } from '../../shared/http/ops-handler.ts'
import type { Route } from '../../shared/http/route.ts'
import { groupOf, routeList } from '../../shared/http/routes.ts'
import { createTasksHandler } from '../../shared/http/tasks-handler.ts'
import { type Embedded, openEmbedded } from '../../shared/runtime/embedded.ts'

/** Tasks that end in each of the ways that the API shows. */
export const testTasks: readonly AnyTask[] = [
  defineTask({ name: 'default', run: input => input }),
  defineTask({
    name: 'echo',
    run(input, context) {
      context.log.info('echoing', { times: 1 })
      return input
    },
  }),
  defineTask({
    name: 'broken',
    retry: { maxAttempts: 1 },
    run() {
      throw new RangeError('no such shelf: 17')
    },
  }),
  defineTask({ name: 'later', run: () => snooze('1h') }),
  defineTask({
    name: 'endless',
    run: (_, { signal }) =>
      new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('told to stop')))),
  }),
]

export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly text: string
  // biome-ignore lint/suspicious/noExplicitAny: each test knows the answer that it asked for; its shape was checked against the route's schema.
  readonly body: any
}

export interface CallOptions {
  readonly body?: unknown
  /** A body that is not made by JSON.stringify. */
  readonly text?: string | Buffer
  readonly query?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly context?: CallContext
}

export interface Api {
  readonly embedded: Embedded
  readonly handlers: { readonly tasks: HttpHandler; readonly ops: HttpHandler }
  /** What the handlers told the log, but not the caller. */
  readonly failures: Failure[]
  /** Calls a handler with an event. Whatever comes back must be as the route table documents it. */
  call(method: string, path: string, options?: CallOptions): Promise<Answer>
  submit(body: unknown, headers?: Record<string, string>): Promise<Answer>
}

export interface ApiOptions extends Partial<Pick<HandlerPorts, 'engine' | 'clock' | 'maxWaitMs' | 'maxTimeoutMs'>> {
  /** Whether tasks run. */
  readonly running?: boolean
  readonly probe?: () => Promise<unknown>
}

/** The API on a real queue in memory; the header `x-actor` (`owner:role`) stands in for credentials. */
export async function openApi(options: ApiOptions = {}): Promise<Api> {
  const embedded = await openEmbedded({ registry: createRegistry(testTasks), folder: ':memory:' })
  onTestFinished(async () => {
    await embedded.drain(0)
    await embedded.close()
  })
  if (options.running) embedded.start()
  const failures: Failure[] = []
  const ports: HandlerPorts = {
    engine: options.engine ?? embedded.engine,
    cursors: createCursors(Buffer.alloc(32, 7)),
    clock: options.clock ?? { now: () => Date.now() },
    maxWaitMs: options.maxWaitMs ?? 60_000,
    ...(options.maxTimeoutMs !== undefined && { maxTimeoutMs: options.maxTimeoutMs }),
    actorOf,
    onFailure: failure => failures.push(failure),
  }
  const probe = options.probe ?? (() => embedded.backend.dispatch.read())
  const handlers = {
    tasks: createTasksHandler(ports),
    ops: createOpsHandler({ ...ports, probe, docs: { version: '1.2.3' } }),
  }
  const call: Api['call'] = async (method, path, callOptions = {}) => {
    const result = await handlers[groupOf(path)](eventOf(method, path, callOptions), callOptions.context ?? {})
    return documented(method, path, result)
  }
  return {
    embedded,
    handlers,
    failures,
    call,
    submit: (body, headers) => call('POST', '/api/v1/tasks', { body, ...(headers && { headers }) }),
  }
}

function actorOf(event: HttpEvent): Actor {
  const given = event.headers['x-actor']
  if (given === undefined) return localActor
  const [owner = '', role = ''] = given.split(':')
  if (role !== 'viewer' && role !== 'operator' && role !== 'admin') throw new PulseError('unauthorized', 'who are you?')
  return { owner, by: `by-${owner}`, role }
}

export function eventOf(
  method: string,
  path: string,
  { body, text, query = '', headers = {} }: CallOptions = {},
): HttpEvent {
  const content = text ?? (body === undefined ? undefined : JSON.stringify(body))
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath: path,
    rawQueryString: query,
    headers: { ...(content !== undefined && { 'content-type': 'application/json' }), ...headers },
    requestContext: {
      accountId: '1',
      apiId: 'api',
      domainName: 'api.example',
      domainPrefix: 'api',
      http: { method, path, protocol: 'HTTP/1.1', sourceIp: '192.0.2.1', userAgent: 'test' },
      requestId: 'request-1',
      routeKey: '$default',
      stage: '$default',
      time: '',
      timeEpoch: 0,
    },
    isBase64Encoded: Buffer.isBuffer(content),
    ...(content !== undefined && { body: Buffer.isBuffer(content) ? content.toString('base64') : content }),
  }
}

/** The answer, once it is found to be one that its route is documented to give. */
export function documented(method: string, path: string, result: HttpResult): Answer {
  const status = result.statusCode ?? 0
  const headers = result.headers as Record<string, string>
  const text = result.body ?? ''
  const isJson = /json/.test(headers['content-type'] ?? '')
  const answer = { status, headers, text, body: isJson ? JSON.parse(text) : undefined }
  const route = routeOf(method, path)
  const schema = status < 300 ? route?.answers[status]?.schema : problem
  if (status < 300) expect(Object.keys(route?.answers ?? {}), `${method} ${path}`).toContain(String(status))
  else checkProblem(route, answer)
  if (schema) expectShape(schema, answer.body)
  return answer
}

function checkProblem(route: Route | undefined, { status, headers, body }: Answer): void {
  expect(headers['content-type']).toBe('application/problem+json')
  expect(errorCodes[body.code as keyof typeof errorCodes].status).toBe(status)
  if (route) expect(problemCodesOf(route)).toContain(body.code)
}

function expectShape(schema: z.ZodType, value: unknown): void {
  expect(schema.safeParse(value).error?.issues ?? []).toEqual([])
}

export function routeOf(method: string, path: string): Route | undefined {
  const plain = path.replace(/(.)\/$/, '$1')
  const matching = routeList.filter(route => route.method === method && patternOf(route).test(plain))
  return matching.find(route => !route.path.includes('{')) ?? matching[0]
}

function patternOf(route: Route): RegExp {
  return new RegExp(`^${route.path.replace(/\{\w+\}/g, '[^/]+')}$`)
}
