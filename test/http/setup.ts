import { onTestFinished } from 'vitest'
import type { Actor } from '../../shared/core/actor.ts'
import { type AnyTask, createRegistry, defineTask, snooze } from '../../shared/core/definition.ts'
import { PulseError } from '../../shared/core/errors.ts'
import type { Emit } from '../../shared/engine/events.ts'
import { createAuthHandler } from '../../shared/http/auth-handler.ts'
import type { Failure, SchedulePorts, TaskPorts } from '../../shared/http/call.ts'
import { createActorOf } from '../../shared/http/credential.ts'
import { createCursors } from '../../shared/http/cursor.ts'
import type { CallContext, HttpEvent, HttpHandler } from '../../shared/http/event.ts'
import { createOpsHandler } from '../../shared/http/ops-handler.ts'
import { createRequestLimiter, type RequestRates } from '../../shared/http/request-limits.ts'
import type { Route } from '../../shared/http/route.ts'
import { groupOf } from '../../shared/http/routes.ts'
import { createSchedulesHandler } from '../../shared/http/schedules-handler.ts'
import { createTasksHandler } from '../../shared/http/tasks-handler.ts'
import type { IdentitySettings } from '../../shared/identity/environment.ts'
import { createJanitor } from '../../shared/identity/janitor.ts'
import type { Backend } from '../../shared/ports/backend.ts'
import type { Clock } from '../../shared/ports/clock.ts'
import { createAccess } from '../../shared/runtime/access.ts'
import { createAccounts } from '../../shared/runtime/accounts.ts'
import { systemClock } from '../../shared/runtime/clock.ts'
import { type Embedded, openEmbedded } from '../../shared/runtime/embedded.ts'
import { createEntropy } from '../../shared/runtime/entropy.ts'
import { localMasterSecret } from '../../shared/runtime/local-master-secret.ts'
import { cheapForTests } from '../helpers/cheap-hashes.ts'
import { type Answer, documented } from './documented.ts'

export { type Answer, documented, routeOf } from './documented.ts'

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

const identitySettings: IdentitySettings = {
  issuer: 'pulse',
  accessMs: 30 * 60_000,
  refreshMs: 7 * 86_400_000,
  registration: 'open',
  maxFailedAttempts: 10,
  lockoutMs: 900_000,
  unusedKeyMs: 90 * 86_400_000,
}

export interface CallOptions {
  readonly body?: unknown
  /** A body that is not made by JSON.stringify. */
  readonly text?: string | Buffer
  readonly query?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly context?: CallContext
  /** Where the request comes from, as the gateway sees it. */
  readonly address?: string
}

export interface Api {
  readonly embedded: Embedded
  readonly handlers: Readonly<Record<Route['group'], HttpHandler>>
  readonly accounts: ReturnType<typeof createAccounts>
  /** Users whose refresh tokens were used a second time. */
  readonly reused: string[]
  /** What the handlers told the log, but not the caller. */
  readonly failures: Failure[]
  /** Calls a handler with an event. Whatever comes back must be as the route table documents it. */
  call(method: string, path: string, options?: CallOptions): Promise<Answer>
  submit(body: unknown, headers?: Record<string, string>): Promise<Answer>
}

export interface ApiOptions extends Partial<Pick<TaskPorts, 'engine' | 'maxWaitMs' | 'maxTimeoutMs'>> {
  readonly clock?: Clock
  /** Whether requests need a credential; without, who brings none is the person at this machine. */
  readonly accounts?: boolean
  readonly identity?: Partial<IdentitySettings>
  readonly rates?: RequestRates
  /** Where tests share an API: is given what closes it. */
  readonly atTheEnd?: (close: () => Promise<void>) => void
  readonly tasks?: readonly AnyTask[]
  /** Folder of the data file; in memory when absent. */
  readonly folder?: string
  readonly emit?: Emit
  /** What accounts and limits are given in place of the real stores, such as ones that fail. */
  readonly stores?: (real: Backend) => Pick<Backend, 'records' | 'limits'>
  /** Whether tasks run. */
  readonly running?: boolean
  readonly probe?: () => Promise<unknown>
}

/** The API on a real queue in memory; the header `x-actor` (`owner:role`) stands in for credentials. */
export async function openApi(options: ApiOptions = {}): Promise<Api> {
  const embedded = await openEmbedded({
    registry: createRegistry(options.tasks ?? testTasks),
    folder: options.folder ?? ':memory:',
    ...(options.clock && { clock: options.clock }),
    ...(options.emit && { emit: options.emit }),
  })
  const atTheEnd = options.atTheEnd ?? onTestFinished
  atTheEnd(async () => {
    await embedded.drain(0)
    await embedded.close()
  })
  if (options.running) embedded.start()
  const clock = options.clock ?? systemClock
  const stores = options.stores?.(embedded.backend) ?? embedded.backend
  const settings = { ...identitySettings, ...options.identity }
  const accountsOptions = { backend: stores, clock, entropy: createEntropy(() => clock.now()), settings }
  const access = createAccess(accountsOptions)
  const reused: string[] = []
  const accounts = createAccounts(
    accountsOptions,
    access,
    localMasterSecret(':memory:'),
    user => reused.push(user),
    cheapForTests,
  )
  const known = createActorOf(access.verifier, !options.accounts)
  const failures: Failure[] = []
  const ports: TaskPorts & SchedulePorts = {
    engine: options.engine ?? embedded.engine,
    schedules: embedded.schedules,
    cursors: createCursors(Buffer.alloc(32, 7)),
    clock,
    maxWaitMs: options.maxWaitMs ?? 60_000,
    ...(options.maxTimeoutMs !== undefined && { maxTimeoutMs: options.maxTimeoutMs }),
    actorOf: event => (event.headers['x-actor'] === undefined ? known(event) : actorOf(event)),
    audit: access.audit,
    ...(options.rates && { limiter: createRequestLimiter(stores.limits, options.rates, clock) }),
    onFailure: failure => failures.push(failure),
  }
  const probe = options.probe ?? (() => embedded.backend.dispatch.read())
  const handlers = {
    tasks: createTasksHandler(ports),
    schedules: createSchedulesHandler(ports),
    ops: createOpsHandler({
      ...ports,
      audit: access.audit,
      removal: access.removal,
      probe,
      docs: { version: '1.2.3' },
    }),
    auth: createAuthHandler({
      ...ports,
      identity: accounts.identity,
      janitor: createJanitor(accounts.environment),
      refreshMs: settings.refreshMs,
    }),
  }
  const call: Api['call'] = async (method, path, callOptions = {}) => {
    const result = await handlers[groupOf(path)](eventOf(method, path, callOptions), callOptions.context ?? {})
    return documented(method, path, result)
  }
  return {
    embedded,
    handlers,
    accounts,
    reused,
    failures,
    call,
    submit: (body, headers) => call('POST', '/api/v1/tasks', { body, ...(headers && { headers }) }),
  }
}

function actorOf(event: HttpEvent): Actor {
  const given = event.headers['x-actor'] ?? ''
  const [owner = '', role = ''] = given.split(':')
  if (role !== 'viewer' && role !== 'operator' && role !== 'admin') throw new PulseError('unauthorized', 'who are you?')
  return { owner, by: `by-${owner}`, role }
}

export function eventOf(
  method: string,
  path: string,
  { body, text, query = '', headers = {}, address = '192.0.2.1' }: CallOptions = {},
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
      http: { method, path, protocol: 'HTTP/1.1', sourceIp: address, userAgent: 'test' },
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
