import { CloudWatchClient } from '@aws-sdk/client-cloudwatch'
import { DeleteMessageCommand, PurgeQueueCommand, ReceiveMessageCommand } from '@aws-sdk/client-sqs'
import { inject, onTestFinished } from 'vitest'
import { clientOptions } from '../../shared/aws/clients.ts'
import { createCounters } from '../../shared/aws/counters.ts'
import { createQueueAges } from '../../shared/aws/queue-age.ts'
import { createRecounts } from '../../shared/aws/recounts.ts'
import { createScanPlaces } from '../../shared/aws/scan-places.ts'
import { decodeRecord } from '../../shared/aws/stream-records.ts'
import { type AnyTask, defineTask } from '../../shared/core/definition.ts'
import type { EngineEvent } from '../../shared/engine/events.ts'
import type { Counters } from '../../shared/ports/table-changes.ts'
import { createEntropy } from '../../shared/runtime/entropy.ts'
import { createReconcile, type ReconcileRequest } from '../../shared/worker/reconcile.ts'
import type { ReconcileReport } from '../../shared/worker/reconcile-report.ts'
import { type ManualClock, until } from '../helpers/clock.ts'
import { openStream } from '../helpers/table-stream.ts'
import { openScanning, type Scanning } from './scanning.ts'

export const quiet = defineTask({ name: 'quiet', run: () => null })
export const other = defineTask({ name: 'other', run: () => null })

const SOME_MS = 80_000
/** Enough for everything. */
export const AMPLE_MS = () => 900_000

/** A backend whose hints can be lost, and what looks for that. */
export interface Reconciling extends Scanning {
  readonly counters: Counters
  readonly events: readonly EngineEvent[]
  /** Times that the event sources were told to follow the switch. */
  converged(): number
  /** @param remainingMs of the function that it runs in; when not given, enough for everything but a wait for counters */
  reconcile(request?: ReconcileRequest, remainingMs?: () => number): Promise<ReconcileReport>
  /** A pass with enough time to hold the counters against the rows: when it waits, time goes on. */
  recount(): Promise<ReconcileReport>
  /** Loses all hints that are out. */
  purge(): Promise<void>
  /** Ids of the tasks whose hints are out, and takes them. Each once: a message may be delivered twice. */
  hints(): Promise<string[]>
  /** Counts what the stream of the table has told since the last time. */
  count(): Promise<void>
}

export interface ReconcilingOptions {
  readonly tasks?: Iterable<AnyTask>
  readonly segments?: number
  readonly converge?: () => Promise<void>
}

export async function openReconciling(options: ReconcilingOptions = {}): Promise<Reconciling> {
  const scanning = await openScanning(options.tasks ?? [quiet, other], options.segments ?? 3)
  const { store, scan, clients, clock, running } = scanning
  const { queues, appTable, streamArn } = store.resources
  const cloudwatch = new CloudWatchClient({
    ...clientOptions,
    endpoint: inject('emulatorUrl'),
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  })
  onTestFinished(() => cloudwatch.destroy())
  const app = { ...clients, tableName: appTable, clock: running }
  const counters = createCounters(app)
  const stream = openStream(inject('emulatorUrl'), streamArn)
  const events: EngineEvent[] = []
  let converged = 0
  const pass = createReconcile({
    backend: store.backend,
    scan,
    places: createScanPlaces({ ...app, segments: scan.segments }),
    ages: createQueueAges({ ...clients, cloudwatch, queues, isLong: () => false, clock: running }),
    recounts: createRecounts({ ...app, entropy: createEntropy(running.now) }),
    async converge() {
      converged++
      await options.converge?.()
    },
    // Its waits are the test's; the calls that it makes have deadlines of their own.
    clock,
    emit: event => void events.push(event),
  })
  const reconcile: Reconciling['reconcile'] = (request = {}, remainingMs = () => SOME_MS) => pass(request, remainingMs)
  return {
    ...scanning,
    counters,
    events,
    converged: () => converged,
    reconcile,
    recount: () => throughWaits(clock, reconcile({}, AMPLE_MS)),
    async purge() {
      for (const { url } of Object.values(queues))
        await store.clients.sqs.send(new PurgeQueueCommand({ QueueUrl: url }))
    },
    async hints() {
      const found = await Promise.all(Object.values(queues).map(({ url }) => takeAll(store.clients.sqs, url)))
      return [...new Set(found.flat())].sort()
    },
    async count() {
      for (const { shard, records } of await stream.next()) {
        const changes = records.map(record => decodeRecord(record))
        await counters.apply(
          shard,
          changes.filter(change => change.kind === 'row'),
        )
      }
    },
  }
}

const STEP_MS = 10_000

async function throughWaits<T>(clock: ManualClock, work: Promise<T>): Promise<T> {
  let isOver = false
  const end = () => {
    isOver = true
  }
  work.then(end, end)
  for (;;) {
    await until(() => isOver || clock.timers() > 0, 'it waits, or has ended')
    if (isOver) return work
    await clock.advance(STEP_MS)
  }
}

async function takeAll(sqs: Scanning['clients']['sqs'], QueueUrl: string): Promise<string[]> {
  const found: string[] = []
  for (;;) {
    const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }))
    if (Messages.length === 0) return found
    for (const { Body = '', ReceiptHandle } of Messages) {
      found.push(JSON.parse(Body).task)
      await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }))
    }
  }
}
