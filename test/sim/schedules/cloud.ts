import type { FireEvent } from '../../../shared/aws/schedule-timers.ts'
import type { ScheduleRequest } from '../../../shared/schedules/schedule.ts'
import type { Schedules } from '../../../shared/schedules/schedules.ts'
import { createClients } from '../clients.ts'
import { createDynamo } from '../dynamodb.ts'
import type { Faults } from '../faults.ts'
import { LambdaFunction } from '../function.ts'
import { createNetwork } from '../network.ts'
import type { SimProcess } from '../process.ts'
import { hintQueueOf } from '../queues.ts'
import { createSqs } from '../sqs.ts'
import { withTransactions } from '../transactions.ts'
import type { World } from '../world.ts'
import { createChecker } from './checker.ts'
import type { Patch } from './plant.ts'
import {
  createApi,
  createDeploy,
  createEnder,
  createOccurrence,
  createReconciler,
  type ProgramParts,
} from './program.ts'
import type { Settings } from './settings.ts'
import { createTimers } from './timers.ts'

const SECONDS = { api: 29, backfill: 29, occurrence: 60, reconcile: 900, deploy: 60, ender: 29 }
/** Clocks are off by so much at most, in either direction. */
const SKEW_MS = 5_000

export interface CloudOptions {
  readonly world: World
  readonly faults: Faults
  readonly settings: Settings
  readonly patch: Patch
}

/** What schedules need of one stage of the program, in one region of a small AWS. */
export function createCloud({ world, faults, settings, patch }: CloudOptions) {
  const queues = hintQueueOf(930, 90)
  const checker = createChecker(world, settings)
  const dynamo = createDynamo(world, faults, checker.wrote)
  const sqs = createSqs(world, faults, queues.all, { hinted: () => {}, deadLettered: () => {} })
  const timers = createTimers({ world, rates: settings.timers, fire: (event, done) => occurrence.invoke(event, done) })
  const tables = withTransactions(world, faults, dynamo.service)
  const send = createNetwork({
    world,
    faults,
    services: {
      dynamodb(call) {
        const answer = tables(call)
        checker.settled()
        return answer
      },
      sqs: sqs.service,
      scheduler: timers.service,
      lambda: () => {
        throw new Error('nobody calls functions')
      },
    },
    heard: () => {},
  })

  function lambdaFunction<Event, Answer>(
    name: keyof typeof SECONDS,
    start: (parts: ProgramParts) => (event: Event) => Promise<Answer>,
  ): LambdaFunction<Event, Answer> {
    return new LambdaFunction({
      ...{ world, name, timeoutMs: SECONDS[name] * 1_000, faults, versions: false },
      start(process: SimProcess) {
        if (process.skewMs !== 0) process.skewMs = world.random.between(-SKEW_MS, SKEW_MS)
        return start({
          process,
          clients: createClients('short', process, send),
          queues: queues.lanes,
          patch,
          submitLimit: settings.submitLimit,
        })
      },
    })
  }

  /** Answers what `use` has made of the use cases. */
  const asked = (parts: ProgramParts) => {
    const schedules = createApi(parts)
    return (use: (on: Schedules) => Promise<unknown>) => use(schedules).then(answer => ({ answer }))
  }
  const api = lambdaFunction('api', asked)
  const backfill = lambdaFunction('backfill', asked)
  const occurrence = lambdaFunction<FireEvent, number>('occurrence', createOccurrence)
  const reconcile = lambdaFunction<void, boolean>('reconcile', parts => createReconciler(parts, 800_000))
  const deploy = lambdaFunction<readonly ScheduleRequest[], unknown>('deploy', createDeploy)
  const ender = lambdaFunction<string, unknown>('ender', createEnder)

  return {
    checker,
    timers,
    api,
    backfill,
    deploy,
    ender,
    invokeReconcile() {
      const since = world.now
      reconcile.invoke(undefined, isDone => {
        if (isDone === true) checker.looked(since)
      })
    },
  }
}

export type Cloud = ReturnType<typeof createCloud>
