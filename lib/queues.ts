import { Duration } from 'aws-cdk-lib'
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs'
import { Construct } from 'constructs'
import { type Lane, lanes, stagePrefix } from '../shared/aws/names.ts'
import { acknowledge } from './acknowledge.ts'
import type { Settings } from './settings.ts'
import { visibilityOf } from './timeouts.ts'

/** A hint that was received so often without an end goes to the redrive queue. Never used as the count of attempts (H53). */
const MAX_RECEIVES = 10
/** The age of a message in a redrive queue counts from its first sending, so that it must be kept longer there (H55). */
const KEPT = Duration.days(4)
const DEAD_KEPT = Duration.days(14)

/** One queue per lane, each with the redrive queue of its own, and where messages end that nobody can process. */
export class Queues extends Construct {
  readonly lanes: Readonly<Record<Lane, Queue>>
  readonly deadLetters: Readonly<Record<Lane, Queue>>
  readonly quarantine: Queue
  /** Stream records that `changes` could not process. */
  readonly failedChanges: Queue
  /** Calls of `occurrence` that could not be made, or did not succeed. */
  readonly lostFires: Queue

  constructor(scope: Construct, id: string, { stage, tlsOnly }: Settings) {
    super(scope, id)
    const queue = (name: string, role: string, more: ConstructorParameters<typeof Queue>[2]) =>
      new Queue(this, role, {
        queueName: `${stagePrefix(stage)}-${name}`,
        encryption: QueueEncryption.SQS_MANAGED,
        enforceSSL: tlsOnly,
        ...more,
      })

    this.deadLetters = forLanes(lane =>
      queue(`${lane}-dlq`, `DeadLetters-${lane}`, {
        retentionPeriod: DEAD_KEPT,
        visibilityTimeout: visibilityOf('dead-letter'),
      }),
    )
    this.lanes = forLanes(lane =>
      queue(lane, `Lane-${lane}`, {
        retentionPeriod: KEPT,
        visibilityTimeout: visibilityOf('worker'),
        deadLetterQueue: { queue: this.deadLetters[lane], maxReceiveCount: MAX_RECEIVES },
      }),
    )
    this.quarantine = queue('quarantine', 'Quarantine', { retentionPeriod: DEAD_KEPT })
    this.failedChanges = queue('changes-failed', 'FailedChanges', { retentionPeriod: DEAD_KEPT })
    this.lostFires = queue('lost-fires', 'LostFires', { retentionPeriod: DEAD_KEPT })
    const last = 'It is where messages end that nobody could process: read by people, who are told by an alarm.'
    for (const end of [this.quarantine, this.failedChanges, this.lostFires]) acknowledge(end, 'AwsSolutions-SQS3', last)
  }

  get all(): readonly Queue[] {
    return [
      ...Object.values(this.lanes),
      ...Object.values(this.deadLetters),
      this.quarantine,
      this.failedChanges,
      this.lostFires,
    ]
  }
}

export function forLanes<T>(make: (lane: Lane) => T): Record<Lane, T> {
  // The keys are exactly the lanes.
  return Object.fromEntries(lanes.map(lane => [lane, make(lane)])) as Record<Lane, T>
}
