import { STATS_PARTITION } from '../../shared/aws/deltas.ts'
import { DISPATCH_PARTITION } from '../../shared/aws/dispatch-store.ts'
import { type Lane, lanes } from '../../shared/aws/names.ts'
import type { ReconcileRequest } from '../../shared/worker/reconcile.ts'
import type { HintRecord } from '../../shared/worker/sqs-event.ts'
import { type Checker, type CheckerOptions, createChecker, TASKS_TABLE } from './checker.ts'
import { createClients, type Sdk } from './clients.ts'
import { createDynamo } from './dynamodb.ts'
import { createEventSource } from './event-source.ts'
import type { Faults } from './faults.ts'
import { LambdaFunction } from './function.ts'
import { createLambdaApi } from './lambda-api.ts'
import { createNetwork } from './network.ts'
import type { Patch } from './plant.ts'
import type { SimProcess } from './process.ts'
import {
  APP_TABLE,
  createApi,
  createChanges,
  createDeadLetters,
  createReconciler,
  createWorker,
  type ProgramParts,
  RECONCILE_ARN,
} from './program.ts'
import { hintQueueOf } from './queues.ts'
import { createScheduler } from './scheduler.ts'
import type { Settings } from './settings.ts'
import { createSqs, type Sqs } from './sqs.ts'
import type { Wanted } from './story.ts'
import { createStream } from './stream.ts'
import type { Write } from './tables.ts'
import { createTasks } from './tasks.ts'
import { withTransactions } from './transactions.ts'
import type { World } from './world.ts'

/** As the stacks set them. */
const SECONDS = { api: 29, worker: 900, deadLetter: 60, reconcile: 900, changes: 60 }
/** A function that fails on what it was handed without waiting is called again this much later. */
const AGAIN_MS = 60_000

export interface CloudOptions {
  readonly world: World
  readonly faults: Faults
  readonly settings: Settings
  readonly story: readonly Wanted[]
  readonly patch: Patch
  readonly sdk: Sdk
  /** Hears of every write of a row. */
  readonly transition: CheckerOptions['transition']
}

/** One stage of the program in one region of a small AWS. */
export function createCloud({ world, faults, settings, story, patch, sdk, transition }: CloudOptions) {
  const queues = hintQueueOf(SECONDS.worker + 30, SECONDS.deadLetter + 30)
  const checker: Checker = createChecker(world, () => sqs, { transition })
  const dynamo = createDynamo(world, faults, wrote)
  const sqs: Sqs = createSqs(world, faults, queues.all, checker)
  const scheduler = createScheduler(
    world,
    faults,
    ({ Arn, Input }) => (Arn === RECONCILE_ARN ? invokeReconcile(Input) : fire(Arn, Input)),
    ({ Arn, Input }) => Arn !== RECONCILE_ARN && checker.hinted(Input),
  )
  const lambda = createLambdaApi(world, lane => sources.get(lane)?.(), invokeReconcile)
  const send = createNetwork({
    world,
    faults,
    services: {
      dynamodb: withTransactions(world, faults, dynamo.service),
      sqs: sqs.service,
      lambda: lambda.service,
      scheduler: scheduler.service,
    },
    heard: checker.heard,
  })

  function parts(process: SimProcess): ProgramParts {
    const clients = createClients(sdk, process, send)
    const dynamodb = patch.dynamodb?.(clients.dynamodb) ?? clients.dynamodb
    return {
      process,
      clients: { ...clients, dynamodb },
      registry: createTasks(process, story, checker),
      queues: queues.lanes,
      quarantineUrl: queues.quarantine.url,
      ages: { of: async row => queues.ageOf(row, world.now) },
      patch,
      retentionMs: settings.retentionMs,
    }
  }

  function lambdaFunction<Event, Answer>(
    name: keyof typeof SECONDS,
    start: (process: SimProcess) => (event: Event) => Promise<Answer>,
  ): LambdaFunction<Event, Answer> {
    const onDeath = (process: SimProcess) => checker.died(process)
    const versions = faults.rates.olderVersion > 0
    return new LambdaFunction({ world, name, timeoutMs: SECONDS[name] * 1_000, faults, versions, start, onDeath })
  }

  const api = lambdaFunction('api', process => {
    const engine = createApi(parts(process))
    return (use: (on: typeof engine) => Promise<unknown>) => use(engine).then(answer => ({ answer }))
  })
  const worker = lambdaFunction('worker', process => {
    const handle = createWorker(parts(process))
    return (records: readonly HintRecord[]) => handle(records, SECONDS.worker * 1_000)
  })
  const deadLetter = lambdaFunction('deadLetter', process => {
    const handle = createDeadLetters(parts(process))
    return (records: readonly HintRecord[]) => handle(records, SECONDS.deadLetter * 1_000)
  })
  const reconcile = lambdaFunction('reconcile', process => createReconciler(parts(process), SECONDS.reconcile * 1_000))
  const changes = lambdaFunction('changes', process => createChanges(parts(process)))

  const source = { world, faults, sqs }
  const sources = new Map<Lane, () => void>(
    lanes.map(lane => {
      const mapping = { batchSize: lane === 'long' ? 1 : 10, most: 3, takes: () => lambda.takes(lane) }
      return [lane, createEventSource({ ...source, queue: queues.lanes[lane], target: worker, ...mapping })]
    }),
  )
  for (const queue of queues.deadLetters)
    createEventSource({ ...source, queue, target: deadLetter, batchSize: 10, most: 2, takes: () => true })

  function fire(arn: string, body: string): void {
    const queue = queues.all.find(each => each.arn === arn)
    if (queue) sqs.send(queue, body, 0)
  }

  function invokeReconcile(event: string): void {
    const request = JSON.parse(event) as ReconcileRequest
    reconcile.invoke(request, report => {
      if (report?.done === true) return
      const rest = report ? JSON.stringify({ ...request, since: report.since }) : event
      world.post(AGAIN_MS, 'reconcile again', () => invokeReconcile(rest))
    })
  }

  const stream = createStream({ world, faults, target: changes })

  function wrote(write: Write): void {
    checker.wrote(write)
    if (write.table !== TASKS_TABLE) return
    const isPause = (write.after ?? write.before)?.pk?.S === DISPATCH_PARTITION
    if (settings.counted || isPause) stream.wrote(write)
  }

  const counters = () => dynamo.items(APP_TABLE, STATS_PARTITION)

  return { checker, api, sqs, queues, counters, invokeReconcile }
}

export type Cloud = ReturnType<typeof createCloud>
