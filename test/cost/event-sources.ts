import {
  CreateEventSourceMappingCommand,
  CreateFunctionCommand,
  DeleteEventSourceMappingCommand,
  DeleteFunctionCommand,
  LambdaClient,
} from '@aws-sdk/client-lambda'
import { CreateQueueCommand, DeleteQueueCommand, GetQueueAttributesCommand, type SQSClient } from '@aws-sdk/client-sqs'
import { inject } from 'vitest'
import { type Lane, lanes } from '../../shared/aws/names.ts'

/** Mappings for a pause to switch. They lead from a queue that stays empty: the drive itself takes the messages of the lanes. */
export interface EventSources {
  readonly ids: Readonly<Record<Lane, string>>
  remove(): Promise<void>
}

/** A ZIP file with nothing in it: the function is never called. */
const EMPTY_ZIP = Uint8Array.from([0x50, 0x4b, 5, 6, ...new Array<number>(18).fill(0)])

/** @param name of the function and of the queue */
export async function createEventSources(sqs: SQSClient, name: string): Promise<EventSources> {
  const lambda = new LambdaClient({
    endpoint: inject('emulatorUrl'),
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  })
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: name }))
  const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }))
  await lambda.send(
    new CreateFunctionCommand({
      FunctionName: name,
      Role: 'arn:aws:iam::000000000000:role/nobody',
      Runtime: 'nodejs24.x',
      Handler: 'index.handler',
      Code: { ZipFile: EMPTY_ZIP },
    }),
  )
  const made = await Promise.all(
    lanes.map(async lane => {
      const mapping = { FunctionName: name, EventSourceArn: Attributes?.QueueArn ?? '' }
      const { UUID = '' } = await lambda.send(new CreateEventSourceMappingCommand(mapping))
      return [lane, UUID] as const
    }),
  )
  return {
    // One for each lane.
    ids: Object.fromEntries(made) as Record<Lane, string>,
    async remove() {
      await Promise.all(made.map(([, UUID]) => lambda.send(new DeleteEventSourceMappingCommand({ UUID }))))
      await lambda.send(new DeleteFunctionCommand({ FunctionName: name }))
      await sqs.send(new DeleteQueueCommand({ QueueUrl }))
      lambda.destroy()
    },
  }
}
