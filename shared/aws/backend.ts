import type { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import type { SchedulerClient } from '@aws-sdk/client-scheduler'
import type { SQSClient } from '@aws-sdk/client-sqs'
import type { Instant, TaskRow } from '../core/task.ts'
import type { Backend } from '../ports/backend.ts'
import type { Clock, Entropy } from '../ports/clock.ts'
import type { StatsStore } from '../ports/stats-store.ts'
import { createBlobStore } from './blob-store.ts'
import { createDispatchStore } from './dispatch-store.ts'
import { type AwsHintQueue, createHintQueue } from './hint-queue.ts'
import { createLimitStore } from './limit-store.ts'
import { createLogStore } from './log-store.ts'
import type { Lane } from './names.ts'
import { createRecordStore } from './record-store.ts'
import { createStatsStore } from './stats-store.ts'
import { createTaskStore } from './task-store.ts'
import { createTimers, type Timers } from './timers.ts'

export interface AwsBackend extends Backend {
  readonly hints: AwsHintQueue
}

export interface AwsOptions {
  readonly clients: {
    readonly dynamodb: DynamoDBClient
    readonly sqs: SQSClient
    /** Needed with `timers`. */
    readonly scheduler?: SchedulerClient
  }
  readonly tasksTable: string
  readonly appTable: string
  readonly queues: Readonly<Record<Lane, { readonly url: string; readonly arn: string }>>
  /** Where one-shot schedules live. Without them, what is further ahead than a message can wait is looked at every 15 minutes. */
  readonly timers?: { readonly group: string; readonly roleArn: string; readonly reconcileArn?: string }
  /** How long ended tasks are kept. */
  readonly retentionMs: number
  /** Task names that have a handler in this version. */
  readonly names: readonly string[]
  /** Whether a task takes so long that it travels in the lane `long`. */
  readonly isLong: (row: TaskRow) => boolean
  readonly clock: Clock
  readonly entropy: Entropy
}

/** Asks AWS for nothing yet. */
export function createAwsBackend(options: AwsOptions): AwsBackend {
  const { clients, tasksTable, appTable, queues, retentionMs, isLong, clock, entropy } = options
  const { dynamodb, sqs } = clients
  const timers = timersOf(options)
  const hints = createHintQueue({ sqs, queues, timers, isLong, clock })
  const stats = createStatsStore({ dynamodb, tableName: appTable, clock })
  return {
    tasks: createTaskStore({
      dynamodb,
      tableName: tasksTable,
      hints,
      names: knownNames(options.names, stats, clock),
      retentionMs,
      clock,
    }),
    hints,
    dispatch: createDispatchStore(
      dynamodb,
      tasksTable,
      clock,
      options.timers?.reconcileArn === undefined ? undefined : timers,
    ),
    stats,
    blobs: createBlobStore(dynamodb, tasksTable, clock),
    logs: createLogStore(dynamodb, tasksTable, clock, entropy),
    limits: createLimitStore({ dynamodb, tableName: appTable, clock }),
    records: createRecordStore({ dynamodb, tableName: appTable, clock, entropy }),
  }
}

function timersOf({ clients, timers, queues, clock }: AwsOptions): Timers | undefined {
  if (!timers) return undefined
  if (!clients.scheduler) throw new TypeError('timers need a client of the EventBridge Scheduler')
  return createTimers({ scheduler: clients.scheduler, ...timers, queues, clock })
}

/** Rows of a name outlive its handler; counters know all names that there are rows of. */
const NAMES_MS = 60_000

function knownNames(names: readonly string[], stats: StatsStore, clock: Clock): () => Promise<readonly string[]> {
  let known: readonly string[] = names
  let readAt: Instant | undefined
  return async () => {
    const now = clock.now()
    if (readAt === undefined || now - readAt >= NAMES_MS) {
      const counted = (await stats.counts()).map(({ name }) => name)
      known = [...new Set([...names, ...counted])]
      readAt = now
    }
    return known
  }
}
