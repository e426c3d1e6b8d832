import { type AwsBackend, createAwsBackend } from '../../shared/aws/backend.ts'
import { createCounters } from '../../shared/aws/counters.ts'
import { createInvoke } from '../../shared/aws/invoke.ts'
import { createMappings } from '../../shared/aws/mappings.ts'
import { createMessages } from '../../shared/aws/messages.ts'
import { type Lane, LONG_TIMEOUT_MS, lanes } from '../../shared/aws/names.ts'
import { createQuarantine } from '../../shared/aws/quarantine.ts'
import { createRecounts } from '../../shared/aws/recounts.ts'
import { createScan } from '../../shared/aws/scan.ts'
import { createScanPlaces } from '../../shared/aws/scan-places.ts'
import { decodeRecord, type StreamRecord } from '../../shared/aws/stream-records.ts'
import type { Registry } from '../../shared/core/definition.ts'
import type { TaskRow } from '../../shared/core/task.ts'
import { createEngine } from '../../shared/engine/create-engine.ts'
import type { Engine } from '../../shared/engine/engine.ts'
import type { Environment } from '../../shared/engine/environment.ts'
import type { QueueAges } from '../../shared/ports/scan.ts'
import { createBatchHandler } from '../../shared/worker/batch.ts'
import { createCachedGate } from '../../shared/worker/cached-gate.ts'
import { createChangesHandler } from '../../shared/worker/changes.ts'
import { createDeadLetterHandler } from '../../shared/worker/dead-letter.ts'
import { createReconcile, type ReconcileRequest } from '../../shared/worker/reconcile.ts'
import type { ReconcileReport } from '../../shared/worker/reconcile-report.ts'
import { createLocalRunner } from '../../shared/worker/run-here.ts'
import type { BatchHandler } from '../../shared/worker/sqs-event.ts'
import { TASKS_TABLE } from './checker.ts'
import type { Clients } from './clients.ts'
import { asNextVersion } from './next-version.ts'
import type { ChangesFunction, Patch } from './plant.ts'
import type { SimProcess } from './process.ts'
import type { Queue } from './queues.ts'

export const APP_TABLE = 'app'
export const RECONCILE_ARN = 'arn:reconcile'
/** Of a walk over the table: more than one, and few. */
const SEGMENTS = 2

export interface ProgramParts {
  readonly process: SimProcess
  readonly clients: Clients
  readonly registry: Registry
  readonly queues: Readonly<Record<Lane, Queue>>
  readonly quarantineUrl: string
  /** Only CloudWatch tells how old hints are: this is the one port that is not the program's own. */
  readonly ages: QueueAges
  readonly patch: Patch
  /** How long rows are kept after their end. */
  readonly retentionMs: number
}

interface Shared extends Environment {
  readonly backend: AwsBackend
}

/** The real parts, put together as the functions do it. */
function open({ process, clients, registry, queues, patch, retentionMs }: ProgramParts): Shared {
  const { clock, entropy } = process
  const backend = createAwsBackend({
    clients,
    tasksTable: TASKS_TABLE,
    appTable: APP_TABLE,
    queues,
    timers: { group: 'timers', roleArn: 'arn:role', reconcileArn: RECONCILE_ARN },
    retentionMs,
    names: [...registry.keys()],
    isLong: row => isLong(row, registry),
    clock,
    entropy,
  })
  const versioned = process.version === 'next' ? asNextVersion(backend) : backend
  return { backend: patch.backend?.(versioned) ?? versioned, registry, clock, entropy, emit: () => {} }
}

export function isLong({ policy, name }: TaskRow, registry: Registry): boolean {
  return (policy?.timeoutMs ?? registry.get(name)?.timeoutMs ?? 0) > LONG_TIMEOUT_MS
}

function mappingsOf({ clients, process }: ProgramParts) {
  // By lane, as a type that `Object.fromEntries` cannot tell.
  const ids = Object.fromEntries(lanes.map(lane => [lane, `mapping-${lane}`])) as Record<Lane, string>
  return createMappings(clients.lambda, ids, process.clock)
}

export function createApi(parts: ProgramParts): Engine {
  const on = open(parts)
  const mappings = mappingsOf(parts)
  const { dispatch } = on.backend
  // That the mappings follow is a saving, as in the function itself.
  const follow = () => mappings.follow(dispatch).catch(() => false)
  const followed = {
    ...on.backend,
    dispatch: {
      ...dispatch,
      put: (...put: Parameters<typeof dispatch.put>) =>
        dispatch
          .put(...put)
          .then(follow)
          .then(() => {}),
      async remove(...remove: Parameters<typeof dispatch.remove>) {
        const removed = await dispatch.remove(...remove)
        await follow()
        return removed
      },
    },
  }
  const engine = createEngine({ ...on, backend: parts.patch.apiBackend?.(followed) ?? followed })
  return parts.patch.engine?.(engine) ?? engine
}

export function createWorker(parts: ProgramParts): BatchHandler {
  const { clients, queues, patch, process } = parts
  const on = open(parts)
  const messages = createMessages(clients.sqs, Object.values(queues), process.clock)
  const gate = createCachedGate(on.backend.dispatch, process.clock, patch.gateAgeMs)
  const handler = createBatchHandler({
    ports: { ...on, gate: patch.gate?.(gate) ?? gate, runner: createLocalRunner(on.registry, process.clock) },
    messages: patch.messages?.(messages) ?? messages,
    report: { malformed: () => {}, notKept: () => {}, abandoned: () => {} },
  })
  return patch.worker?.(handler) ?? handler
}

export function createDeadLetters(parts: ProgramParts): BatchHandler {
  const { backend, clock } = open(parts)
  const handler = createDeadLetterHandler({
    tasks: backend.tasks,
    hints: backend.hints,
    gate: createCachedGate(backend.dispatch, clock),
    quarantine: createQuarantine(parts.clients.sqs, parts.quarantineUrl, clock),
    clock,
    report: { sentAgain: () => {}, unknownTask: () => {}, quarantined: () => {}, failed: () => {} },
  })
  return parts.patch.deadLetter?.(handler) ?? handler
}

export function createReconciler(
  parts: ProgramParts,
  timeMs: number,
): (request: ReconcileRequest) => Promise<ReconcileReport> {
  const { clients, ages } = parts
  const on = open(parts)
  const { clock } = on
  const scan = createScan({ dynamodb: clients.dynamodb, tableName: TASKS_TABLE, clock, segments: SEGMENTS })
  const reconcile = createReconcile({
    ...on,
    scan,
    places: createScanPlaces({ dynamodb: clients.dynamodb, tableName: APP_TABLE, clock, segments: SEGMENTS }),
    ages,
    recounts: createRecounts({ dynamodb: clients.dynamodb, tableName: APP_TABLE, clock, entropy: on.entropy }),
    converge: () => mappingsOf(parts).follow(on.backend.dispatch),
  })
  return request => {
    const endsAt = clock.now() + timeMs
    return reconcile(request, () => endsAt - clock.now())
  }
}

export function createChanges(parts: ProgramParts): ChangesFunction {
  const { clients, patch } = parts
  const { backend, clock } = open(parts)
  const invoke = createInvoke(clients.lambda, RECONCILE_ARN, clock)
  const dynamodb = patch.countersClient?.(clients.dynamodb) ?? clients.dynamodb
  const handle = createChangesHandler<StreamRecord>({
    decode: decodeRecord,
    counters: createCounters({ dynamodb, tableName: APP_TABLE, clock }),
    converge: () => mappingsOf(parts).follow(backend.dispatch),
    reconcile: request => (patch.forgetsResumed ? Promise.resolve() : invoke.later(request)),
    report: { unreadable: () => {}, failed: () => {} },
    clock,
  })
  const work: ChangesFunction = async ({ shard, records }) => ({ from: await handle(shard, records) })
  return patch.changes?.(work) ?? work
}
