import { Duration } from 'aws-cdk-lib'
import { EventSourceMapping, type Function as LambdaFunction, StartingPosition } from 'aws-cdk-lib/aws-lambda'
import { Construct } from 'constructs'
import { variables } from '../shared/aws/names.ts'
import { createFunction } from './functions.ts'
import type { Mappings, Parts } from './parts.ts'
import { permissions } from './permissions.ts'

/** Follows the changes of the tasks table: counters, and what a pause switches. */
export class Changes extends Construct {
  readonly function: LambdaFunction

  constructor(scope: Construct, id: string, parts: Parts, mappings: Mappings) {
    super(scope, id)
    this.function = createFunction(this, parts, {
      name: 'changes',
      description: 'Counts tasks, and carries pauses to the mappings of the lanes.',
      permissions: permissions.changes(parts, mappings),
      environment: { [variables.mappings]: mappings.ids },
    })
    new EventSourceMapping(this, 'Stream', {
      target: this.function,
      eventSourceArn: parts.data.stream,
      // From the first change of all, so that the counters miss none.
      startingPosition: StartingPosition.TRIM_HORIZON,
      batchSize: 1_000,
      maxBatchingWindow: Duration.seconds(1),
      // One after the other in each shard: the counters are fenced by the shard's last record (H89). Only with a window of time is the
      // shard named at all; the longest one ends least often.
      parallelizationFactor: 1,
      tumblingWindow: Duration.minutes(15),
      // From which record on it is to come again.
      reportBatchItemFailures: true,
      // A record that cannot be processed must not hold up its shard until the stream forgets it (H90).
      bisectBatchOnError: true,
      retryAttempts: 100,
      onFailure: { bind: () => ({ destination: parts.queues.failedChanges.queueArn }) },
    })
  }
}
