import { EventSourceMapping, type Function as LambdaFunction, RecursiveLoop } from 'aws-cdk-lib/aws-lambda'
import { Construct } from 'constructs'
import { lanes, variables } from '../shared/aws/names.ts'
import { createFunction } from './functions.ts'
import type { Parts } from './parts.ts'
import { permissions } from './permissions.ts'

/** Judges the hints that no worker could process. */
export class DeadLetter extends Construct {
  readonly function: LambdaFunction

  constructor(scope: Construct, id: string, parts: Parts) {
    super(scope, id)
    const { queues } = parts
    this.function = createFunction(this, parts, {
      name: 'dead-letter',
      description: 'Judges hints that no worker could process, and sends them again.',
      permissions: permissions['dead-letter'](parts),
      environment: { [variables.quarantineUrl]: queues.quarantine.queueUrl },
      // What it sends again may come back to it.
      recursiveLoop: RecursiveLoop.ALLOW,
    })
    for (const lane of lanes) {
      new EventSourceMapping(this, `Lane-${lane}`, {
        target: this.function,
        eventSourceArn: queues.deadLetters[lane].queueArn,
        batchSize: 10,
        reportBatchItemFailures: true,
      })
    }
  }
}
