import { randomUUID } from 'node:crypto'
import {
  CreateTableCommand,
  type CreateTableCommandInput,
  DeleteTableCommand,
  DynamoDBClient,
} from '@aws-sdk/client-dynamodb'
import { CreateScheduleGroupCommand, DeleteScheduleGroupCommand, SchedulerClient } from '@aws-sdk/client-scheduler'
import { CreateQueueCommand, DeleteQueueCommand, GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs'
import { afterAll, beforeAll, inject } from 'vitest'
import { clientOptions } from '../../shared/aws/clients.ts'
import { appTable, type Lane, lanes, tasksTable } from '../../shared/aws/names.ts'

export interface AwsClients {
  readonly dynamodb: DynamoDBClient
  readonly sqs: SQSClient
  readonly scheduler: SchedulerClient
  destroy(): void
}

/** Clients as production makes them, of the emulator that serves this run. */
export function createClients(): AwsClients {
  const options = {
    ...clientOptions,
    endpoint: inject('emulatorUrl'),
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  }
  const clients = {
    dynamodb: new DynamoDBClient(options),
    sqs: new SQSClient(options),
    scheduler: new SchedulerClient(options),
  }
  return {
    ...clients,
    destroy() {
      for (const client of Object.values(clients)) client.destroy()
    },
  }
}

/** What the stacks would make, with names that no other test uses. */
export interface AwsResources {
  readonly tasksTable: string
  readonly appTable: string
  /** Of the tasks table's changes. */
  readonly streamArn: string
  readonly queues: Readonly<Record<Lane, { readonly url: string; readonly arn: string }>>
  readonly timers: { readonly group: string; readonly roleArn: string; readonly reconcileArn: string }
  remove(): Promise<void>
}

export async function createResources({ dynamodb, sqs, scheduler }: AwsClients): Promise<AwsResources> {
  const name = `pulse-test-${randomUUID().slice(0, 13)}`
  const tables = { tasks: `${name}-tasks`, app: `${name}-app` }
  const [tasks, , queues] = await Promise.all([
    dynamodb.send(new CreateTableCommand(tasksTableInput(tables.tasks))),
    dynamodb.send(new CreateTableCommand(tableInput(tables.app, appTable.partitionKey, appTable.sortKey))),
    Promise.all(lanes.map(async lane => [lane, await createQueue(sqs, `${name}-${lane}`)] as const)),
    scheduler.send(new CreateScheduleGroupCommand({ Name: name })),
  ])
  return {
    tasksTable: tables.tasks,
    appTable: tables.app,
    streamArn: tasks.TableDescription?.LatestStreamArn ?? '',
    // One for each lane.
    queues: Object.fromEntries(queues) as AwsResources['queues'],
    timers: {
      group: name,
      roleArn: 'arn:aws:iam::000000000000:role/timers',
      reconcileArn: 'arn:aws:lambda:us-east-1:000000000000:function:reconcile',
    },
    async remove() {
      await Promise.all([
        ...Object.values(tables).map(TableName => dynamodb.send(new DeleteTableCommand({ TableName }))),
        ...queues.map(([, { url }]) => sqs.send(new DeleteQueueCommand({ QueueUrl: url }))),
        scheduler.send(new DeleteScheduleGroupCommand({ Name: name })),
      ])
    },
  }
}

/** Tables and queues that the tests of a file share, and clients of the file's own. They go with it. */
export function sharedResources(): { readonly own: AwsClients; readonly resources: AwsResources } {
  const own = createClients()
  let made: AwsResources | undefined
  beforeAll(async () => {
    made = await createResources(own)
  })
  afterAll(async () => {
    await made?.remove()
    own.destroy()
  })
  return {
    own,
    get resources() {
      if (!made) throw new Error('the resources are there while tests run')
      return made
    },
  }
}

async function createQueue(sqs: SQSClient, name: string): Promise<{ url: string; arn: string }> {
  const { QueueUrl: url = '' } = await sqs.send(new CreateQueueCommand({ QueueName: name }))
  const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['QueueArn'] }))
  return { url, arn: Attributes?.QueueArn ?? '' }
}

function tasksTableInput(TableName: string): CreateTableCommandInput {
  const indexes = [tasksTable.byOwner, tasksTable.byName, tasksTable.dead]
  const { partitionKey, sortKey } = tasksTable
  const keys = [partitionKey, sortKey, ...indexes.flatMap(index => [index.partitionKey, index.sortKey])]
  return {
    ...tableInput(TableName, partitionKey, sortKey),
    AttributeDefinitions: [...new Set(keys)].map(AttributeName => ({ AttributeName, AttributeType: 'S' })),
    GlobalSecondaryIndexes: indexes.map(index => ({
      IndexName: index.index,
      KeySchema: keySchema(index.partitionKey, index.sortKey),
      Projection: { ProjectionType: 'KEYS_ONLY' },
    })),
    StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' },
  }
}

function tableInput(TableName: string, partitionKey: string, sortKey: string): CreateTableCommandInput {
  return {
    TableName,
    BillingMode: 'PAY_PER_REQUEST',
    KeySchema: keySchema(partitionKey, sortKey),
    AttributeDefinitions: [partitionKey, sortKey].map(AttributeName => ({ AttributeName, AttributeType: 'S' })),
  }
}

function keySchema(partitionKey: string, sortKey: string): NonNullable<CreateTableCommandInput['KeySchema']> {
  return [
    { AttributeName: partitionKey, KeyType: 'HASH' },
    { AttributeName: sortKey, KeyType: 'RANGE' },
  ]
}
