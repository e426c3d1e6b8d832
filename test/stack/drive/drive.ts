import { type AttributeValue, paginateScan, QueryCommand } from '@aws-sdk/client-dynamodb'
import { InvokeCommand } from '@aws-sdk/client-lambda'
import { GetQueueAttributesCommand } from '@aws-sdk/client-sqs'
import type { Api } from '../api.ts'
import type { Stage } from '../stage.ts'

/** What the parts of the drive work on, once it is deployed. */
export interface Deployed {
  readonly stage: Stage
  /** For a caller who may. */
  readonly api: Api
}
export type Drive = () => Deployed

export type Item = Record<string, AttributeValue>

/** All that is stored of a task. */
export async function itemsOf(stage: Stage, id: string): Promise<Item[]> {
  const { Items = [] } = await stage.clients.dynamodb.send(
    new QueryCommand({
      TableName: await stage.variable('tasksTable'),
      KeyConditionExpression: 'pk = :id',
      ExpressionAttributeValues: { ':id': { S: id } },
      ConsistentRead: true,
    }),
  )
  return Items
}

export async function allItems(stage: Stage): Promise<Item[]> {
  const scan = { TableName: await stage.variable('tasksTable'), ConsistentRead: true }
  const items: Item[] = []
  for await (const { Items = [] } of paginateScan({ client: stage.clients.dynamodb }, scan)) items.push(...Items)
  return items
}

/** Messages of a queue: to be had, being worked on, and put off. */
export async function depth(
  stage: Stage,
  url: string,
): Promise<{ visible: number; inFlight: number; delayed: number }> {
  const { Attributes = {} } = await stage.clients.sqs.send(
    new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['All'] }),
  )
  return {
    visible: Number(Attributes.ApproximateNumberOfMessages),
    inFlight: Number(Attributes.ApproximateNumberOfMessagesNotVisible),
    delayed: Number(Attributes.ApproximateNumberOfMessagesDelayed),
  }
}

export const EMPTY = { visible: 0, inFlight: 0, delayed: 0 }

/** Its whole pass may take a minute: counters that differ from a recount are given time to become right by themselves. */
export async function beginReconcile(stage: Stage): Promise<void> {
  const reconcile = { FunctionName: stage.functionName('reconcile'), InvocationType: 'Event', Payload: '{}' } as const
  await stage.clients.lambda.send(new InvokeCommand(reconcile))
}
