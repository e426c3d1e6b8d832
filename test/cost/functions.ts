import type { SQSRecord } from 'aws-lambda'
import { readSettings } from '../../lib/settings.ts'
import { type FunctionName, variables } from '../../shared/aws/names.ts'
import type { StreamRecord } from '../../shared/aws/stream-records.ts'
import { defineTask } from '../../shared/core/definition.ts'
import type { HttpHandler } from '../../shared/http/event.ts'
import { groupOf } from '../../shared/http/routes.ts'
import { createAuthFunction } from '../../shared/runtime/aws-auth.ts'
import { createOccurrenceFunction } from '../../shared/runtime/aws-occurrence.ts'
import { createOpsFunction } from '../../shared/runtime/aws-ops.ts'
import { createSchedulesFunction } from '../../shared/runtime/aws-schedules-api.ts'
import { createTasksFunction } from '../../shared/runtime/aws-tasks.ts'
import { createChangesFunction, createReconcileFunction } from '../../shared/runtime/aws-upkeep.ts'
import { createWorkerFunction } from '../../shared/runtime/aws-worker.ts'
import { eventOf } from '../http/setup.ts'
import { accessLogGigabytes } from './access-log.ts'
import { assumed } from './assumptions.ts'
import { type Counted, type Meter, nothing, together } from './meter.ts'
import { type Usage, used } from './prices.ts'

/** Handlers without work of their own: what remains is orchestration. */
const tasks = {
  noop: defineTask({ name: 'noop', run: () => ({ done: true }) }),
  broken: defineTask({
    name: 'broken',
    retry: { maxAttempts: 2, backoff: { kind: 'fixed', delay: '1s', jitter: 'none' } },
    run() {
      throw new RangeError('no such shelf: 17')
    },
  }),
}

/** The functions as the stacks deploy them, called as AWS calls them, one at a time, and counted. */
export interface Functions {
  // biome-ignore lint/suspicious/noExplicitAny: each drive knows the answer that it asked for.
  request(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<any>
  /** A batch of messages. @returns ids of those that failed */
  work(records: readonly SQSRecord[]): Promise<ReadonlySet<string>>
  follow(records: readonly StreamRecord[]): Promise<void>
  /** A timer of a schedule fires. */
  fire(schedule: string, generation: number): Promise<void>
  reconcile(): Promise<{ readonly scanned: number }>
  /** What was used since it was asked last. */
  take(): Counted
}

const LOGIN = '/api/v1/auth/login'
const KB = 1_024
/** A gateway counts one request for each of these, of what it carries in either direction. */
const REQUEST_BYTES = 512 * KB
/** What functions are told that they have left. Too short for reconcile to wait until counters are at rest. */
const remaining = (ms: number) => ({ getRemainingTimeInMillis: () => ms })
const WORK_MS = 900_000
const RECONCILE_MS = 60_000

export function createFunctions(meter: Meter, env: Readonly<Record<string, string>>): Functions {
  const handlers: Readonly<Partial<Record<FunctionName, HttpHandler>>> = {
    tasks: createTasksFunction(env, tasks),
    schedules: createSchedulesFunction(env, tasks),
    ops: createOpsFunction(env, tasks, { version: '0.0.0', assetsFolder: '' }),
    // An event of the gateway is answered as one.
    ...(env[variables.secretArn] && { auth: createAuthFunction(env) as HttpHandler }),
  }
  const changes = createChangesFunction(env, tasks)
  const occurrence = createOccurrenceFunction(env, tasks)
  const { memory } = readSettings({})
  let counted = nothing

  function note(usage: Usage): void {
    counted = together(counted, { ...nothing, usage })
  }

  /** One invocation, and what it has asked of AWS. */
  async function invoke<T>(name: FunctionName, run: () => Promise<T>, besideMs = 0): Promise<T> {
    const result = await run()
    const asked = meter.take()
    const made = Object.values(asked.calls).reduce((sum, each) => sum + each, 0)
    const ms = (assumed.baseMs + assumed.callMs * made + besideMs) * (assumed.memoryMegabytes / memory[name])
    counted = together(counted, asked)
    note(used({ lambdaRequests: 1, gigabyteSeconds: (ms / 1_000) * (memory[name] / KB) }))
    return result
  }

  return {
    async request(method, path, body, headers = {}) {
      const [plain = '', query = ''] = path.split('?')
      const event = eventOf(method, plain, { body, query, headers })
      const name = groupOf(plain)
      const handler = handlers[name]
      if (!handler) throw new Error(`there is no function ${name}`)
      const result = await invoke(name, () => handler(event, {}), plain === LOGIN ? assumed.hashMs : 0)
      if (Number(result.statusCode) >= 400) throw new Error(`${method} ${path}: ${result.statusCode} ${result.body}`)
      const bytes = Math.max(Buffer.byteLength(event.body ?? ''), Buffer.byteLength(result.body ?? ''))
      note(used({ httpRequests: Math.max(1, Math.ceil(bytes / REQUEST_BYTES)), logGigabytes: accessLogGigabytes }))
      return JSON.parse(result.body ?? 'null')
    },
    async work(records) {
      // A process of its own for each batch: one that has waited for long enough asks for the dispatch switch again.
      const worker = createWorkerFunction(env, tasks, import.meta.url)
      const answer = await invoke('worker', () => worker({ Records: [...records] }, remaining(WORK_MS)))
      // Lambda's own: it has received the batch by one call, and deletes it by another.
      note(used({ sqsRequests: 2, fairRequests: 2 }))
      return new Set(answer.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier))
    },
    async follow(records) {
      // Reading a stream is free for Lambda.
      const answer = await invoke('changes', () => changes({ Records: records, shardId: 'shardId-00000001' }))
      if (answer.batchItemFailures.length > 0) throw new Error('changes were not followed')
    },
    async fire(schedule, generation) {
      const scheduledFor = new Date().toISOString()
      await invoke('occurrence', () => occurrence({ schedule, generation, scheduledFor }))
      note(used({ timers: 1 }))
    },
    reconcile: () => invoke('reconcile', () => createReconcileFunction(env, tasks)({}, remaining(RECONCILE_MS))),
    take() {
      const taken = counted
      counted = nothing
      return taken
    },
  }
}
