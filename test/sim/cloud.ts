import { type Lane, lanes } from '../../shared/aws/names.ts'
import type { StreamRecord } from '../../shared/aws/stream-records.ts'
import type { ReconcileRequest } from '../../shared/worker/reconcile.ts'
import type { HintRecord } from '../../shared/worker/sqs-event.ts'
import { type Checker, createChecker, TASKS_TABLE } from './checker.ts'
import { createClients } from './clients.ts'
import { createDynamo, type Write } from './dynamodb.ts'
import { createEventSource } from './event-source.ts'
import type { Faults } from './faults.ts'
import { LambdaFunction } from './function.ts'
import { createLambdaApi } from './lambda-api.ts'
import { createNetwork } from './network.ts'
import type { Patch } from './plant.ts'
import type { SimProcess } from './process.ts'
import {
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
import { createTasks } from './tasks.ts'
import type { World } from './world.ts'

/** As the stacks set them. */
const SECONDS = { api: 29, worker: 900, deadLetter: 60, reconcile: 900, changes: 60 }
const STREAM_MS = [200, 2_000] as const
/** A function that fails on what it was handed without waiting is called again this much later. */
const AGAIN_MS = 60_000

export interface CloudOptions {
  readonly world: World
  readonly faults: Faults
  readonly settings: Settings
  readonly story: readonly Wanted[]
  readonly patch: Patch
}

/** One stage of the program in one region of a small AWS. */
export function createCloud({ world, faults, settings, story, patch }: CloudOptions) {
  const queues = hintQueueOf(SECONDS.worker + 30, SECONDS.deadLetter + 30)
  const checker: Checker = createChecker(world, () => sqs)
  const dynamo = createDynamo(world, faults, wrote)
  const sqs: Sqs = createSqs(world, faults, queues.all, checker)
  const scheduler = createScheduler(
    world,
    faults,
    ({ Arn, Input }) => (Arn === RECONCILE_ARN ? invokeReconcile(Input) : fire(Arn, Input)),
    ({ Arn, Input }) => Arn !== RECONCILE_ARN && checker.hinted(Input),
  )
  const lambda = createLambdaApi(world, lane => sources.get(lane)?.(), invokeReconcile)
  const network = createNetwork({
    world,
    faults,
    services: { dynamodb: dynamo.service, sqs: sqs.service, lambda: lambda.service, scheduler: scheduler.service },
    heard: checker.heard,
  })

  function parts(process: SimProcess): ProgramParts {
    return {
      process,
      clients: createClients(service => network(process, service)),
      registry: createTasks(process, story, checker),
      queues: queues.lanes,
      quarantineUrl: queues.quarantine.url,
      ages: { of: async row => queues.ageOf(row, world.now) },
      patch,
    }
  }

  function lambdaFunction<Event, Answer>(
    name: keyof typeof SECONDS,
    start: (process: SimProcess) => (event: Event) => Promise<Answer>,
  ): LambdaFunction<Event, Answer> {
    const skewMs = () => (settings.skewMs === 0 ? 0 : world.random.between(-settings.skewMs, settings.skewMs))
    const onDeath = (process: SimProcess) => checker.died(process)
    return new LambdaFunction({ world, name, timeoutMs: SECONDS[name] * 1_000, skewMs, start, onDeath })
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
      if (report?.done !== true) world.post(AGAIN_MS, 'reconcile again', () => invokeReconcile(event))
    })
  }

  function wrote(write: Write): void {
    checker.wrote(write)
    const { table, before, after } = write
    if (table === TASKS_TABLE && (after ?? before)?.pk?.S === 'dispatch') stream(recordOf(write))
  }

  let sequence = 0
  function recordOf({ before, after }: Write): StreamRecord {
    const { pk, sk } = after ?? before ?? {}
    const Keys = { ...(pk && { pk }), ...(sk && { sk }) }
    const images = { ...(before && { OldImage: before }), ...(after && { NewImage: after }) }
    return { dynamodb: { SequenceNumber: String(++sequence), Keys, ...images } }
  }

  /** Until it has been worked on, however often that fails. */
  function stream(record: StreamRecord): void {
    world.post(world.random.between(...STREAM_MS), 'stream', () =>
      changes.invoke([record], mustComeAgain => {
        if (mustComeAgain !== false) stream(record)
      }),
    )
  }

  return { checker, api, sqs, queues, invokeReconcile }
}

export type Cloud = ReturnType<typeof createCloud>
