import { type CloudWatchClient, GetMetricDataCommand } from '@aws-sdk/client-cloudwatch'
import { GetQueueAttributesCommand, type SQSClient } from '@aws-sdk/client-sqs'
import type { Instant, TaskRow } from '../core/task.ts'
import type { Clock } from '../ports/clock.ts'
import type { QueueAges } from '../ports/scan.ts'
import { StoreUnavailable } from '../ports/store-unavailable.ts'
import { CALL_DEADLINE_MS, call } from './clients.ts'
import { type Lane, laneOf } from './names.ts'

export interface QueueAgesOptions {
  readonly sqs: SQSClient
  readonly cloudwatch: CloudWatchClient
  readonly queues: Readonly<Record<Lane, { readonly url: string; readonly arn: string }>>
  /** Whether a task travels in the lane `long`. */
  readonly isLong: (row: TaskRow) => boolean
  readonly clock: Clock
}

/** Where nobody can say how old the oldest hint of a queue is. */
const UNKNOWN_MS = 3_600_000
/** An answer is good for so long: a pass over many rows takes minutes. */
const FRESH_MS = 60_000
/** The metric has a value each minute, and lags. */
const PERIOD_SECONDS = 60
const LOOK_BACK_MS = 15 * 60_000

/**
 * Rows behind a long backlog are overdue, while their hints are still in the queue. SQS tells that there are messages, only CloudWatch
 * how old the oldest one is.
 */
export function createQueueAges({ sqs, cloudwatch, queues, isLong, clock }: QueueAgesOptions): QueueAges {
  const known = new Map<Lane, { readonly at: Instant; readonly age: Promise<number> }>()

  async function isEmpty(lane: Lane): Promise<boolean> {
    const command = new GetQueueAttributesCommand({
      QueueUrl: queues[lane].url,
      AttributeNames: ['ApproximateNumberOfMessages'],
    })
    const { Attributes } = await call(clock, CALL_DEADLINE_MS, on => sqs.send(command, on))
    return Attributes?.ApproximateNumberOfMessages === '0'
  }

  /** By now: since the metric was taken the oldest hint has become older, if it is still there. */
  async function measured(lane: Lane): Promise<number> {
    const now = clock.now()
    const command = new GetMetricDataCommand({
      StartTime: new Date(now - LOOK_BACK_MS),
      EndTime: new Date(now),
      MetricDataQueries: [
        {
          Id: 'age',
          MetricStat: {
            Metric: {
              Namespace: 'AWS/SQS',
              MetricName: 'ApproximateAgeOfOldestMessage',
              Dimensions: [{ Name: 'QueueName', Value: queues[lane].arn.split(':').at(-1) }],
            },
            Period: PERIOD_SECONDS,
            Stat: 'Maximum',
          },
        },
      ],
    })
    const { MetricDataResults } = await call(clock, CALL_DEADLINE_MS, on => cloudwatch.send(command, on))
    const { Values = [], Timestamps = [] } = MetricDataResults?.[0] ?? {}
    const taken = Timestamps.map(time => time.getTime())
    const latest = Math.max(...taken)
    const seconds = Values[taken.indexOf(latest)]
    return seconds === undefined ? UNKNOWN_MS : seconds * 1_000 + Math.max(0, now - latest)
  }

  async function ageOf(lane: Lane): Promise<number> {
    try {
      return (await isEmpty(lane)) ? 0 : await measured(lane)
    } catch (error) {
      if (error instanceof StoreUnavailable) return UNKNOWN_MS
      throw error
    }
  }

  return {
    of(row) {
      const lane = laneOf(row.priority, isLong(row))
      const now = clock.now()
      const latest = known.get(lane)
      if (latest && now - latest.at < FRESH_MS) return latest.age
      const age = ageOf(lane)
      known.set(lane, { at: now, age })
      return age
    },
  }
}
