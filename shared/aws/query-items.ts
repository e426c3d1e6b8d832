import {
  type AttributeValue,
  type DynamoDBClient,
  QueryCommand,
  type QueryCommandInput,
} from '@aws-sdk/client-dynamodb'
import type { Clock } from '../ports/clock.ts'
import { CALL_DEADLINE_MS, call } from './clients.ts'
import { appTable } from './names.ts'
import type { Item } from './row-codec.ts'

/** Some items of one partition of the app table. */
export interface ItemRange {
  readonly dynamodb: DynamoDBClient
  readonly tableName: string
  readonly clock: Clock
  readonly partition: string
  /** Sort keys, both ends included. */
  readonly from: string
  readonly to: string
  readonly consistent?: boolean
}

/** Reads them in the order of their sort keys, page by page, as far as somebody asks. */
export async function* queryItems(range: ItemRange): AsyncGenerator<Item, void, undefined> {
  const { dynamodb, tableName, clock, partition, from, to, consistent = false } = range
  const query: QueryCommandInput = {
    TableName: tableName,
    KeyConditionExpression: '#partition = :partition AND #key BETWEEN :from AND :to',
    ExpressionAttributeNames: { '#partition': appTable.partitionKey, '#key': appTable.sortKey },
    ExpressionAttributeValues: { ':partition': { S: partition }, ':from': { S: from }, ':to': { S: to } },
    ConsistentRead: consistent,
  }
  let start: Record<string, AttributeValue> | undefined
  do {
    const command = new QueryCommand({ ...query, ExclusiveStartKey: start })
    const { Items, LastEvaluatedKey } = await call(clock, CALL_DEADLINE_MS, on => dynamodb.send(command, on))
    yield* Items ?? []
    start = LastEvaluatedKey
  } while (start)
}

/** The key of an item of the app table. */
export function appKey(partition: string, key: string): Record<string, AttributeValue> {
  return { [appTable.partitionKey]: { S: partition }, [appTable.sortKey]: { S: key } }
}

export function sortKeyOf(item: Item): string {
  return String(item[appTable.sortKey]?.S)
}
