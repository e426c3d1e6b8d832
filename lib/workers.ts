import { Stack } from 'aws-cdk-lib'
import { EventSourceMapping, type Function as LambdaFunction, RecursiveLoop } from 'aws-cdk-lib/aws-lambda'
import { Construct } from 'constructs'
import { type Lane, lanes } from '../shared/aws/names.ts'
import { createFunction } from './functions.ts'
import type { Mappings, Parts } from './parts.ts'
import { permissions } from './permissions.ts'
import { forLanes } from './queues.ts'

/** A batch waits for its slowest task. Those that take long have a lane of their own, and come one at a time. */
const batchSizes: Readonly<Record<Lane, number>> = { '1': 10, '2': 10, '3': 10, '4': 10, '5': 10, long: 1 }

/** One function, with a mapping from each lane that has a share of its own. */
export class Workers extends Construct {
  readonly function: LambdaFunction
  readonly mappings: Mappings

  constructor(scope: Construct, id: string, parts: Parts) {
    super(scope, id)
    const { queues, settings } = parts
    this.function = createFunction(this, parts, {
      name: 'worker',
      description: 'Runs tasks.',
      permissions: permissions.worker(parts),
      managedPolicyArns: settings.handlerPolicyArns,
      // A task that is retried, or makes others, is a message that leads to a message: after 16 of them Lambda would cut the chain.
      recursiveLoop: RecursiveLoop.ALLOW,
    })
    const mappings = forLanes(
      lane =>
        new EventSourceMapping(this, `Lane-${lane}`, {
          target: this.function,
          eventSourceArn: queues.lanes[lane].queueArn,
          batchSize: batchSizes[lane],
          // Not reserved concurrency: pollers that are throttled raise the receive counts of hints nobody has seen (H53).
          maxConcurrency: settings.concurrency[lane],
          // Without it, one message that fails would bring the whole batch back.
          reportBatchItemFailures: true,
        }),
    )
    const stack = Stack.of(this)
    this.mappings = {
      functionArn: this.function.functionArn,
      ids: stack.toJsonString(forLanes(lane => mappings[lane].eventSourceMappingId)),
      arns: lanes.map(lane => mappings[lane].eventSourceMappingArn),
    }
  }
}
