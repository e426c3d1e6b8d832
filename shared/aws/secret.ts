import { randomBytes } from 'node:crypto'
import { type DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb'
import type { Clock } from '../ports/clock.ts'
import { CALL_DEADLINE_MS, call } from './clients.ts'
import { isConflict } from './conflict.ts'
import { appTable } from './names.ts'
import { appKey } from './query-items.ts'
import type { Item } from './row-codec.ts'

const SECRET_BYTES = 32
const KEY = appKey('secret', 'cursor')
const SECRET = 'b'

/** The key that signs cursors: random, the same for every process of a stage, made by the first one that needs it. */
export async function cursorKey(dynamodb: DynamoDBClient, tableName: string, clock: Clock): Promise<Uint8Array> {
  return secretOf(await read(dynamodb, tableName, clock)) ?? make(dynamodb, tableName, clock)
}

async function read(dynamodb: DynamoDBClient, tableName: string, clock: Clock): Promise<Item | undefined> {
  const get = new GetItemCommand({ TableName: tableName, Key: KEY, ConsistentRead: true })
  const { Item } = await call(clock, CALL_DEADLINE_MS, options => dynamodb.send(get, options))
  return Item
}

/** Whoever puts it first has made it for all; a put of ours whose answer was lost counts as somebody else's. */
async function make(dynamodb: DynamoDBClient, tableName: string, clock: Clock): Promise<Uint8Array> {
  const made = randomBytes(SECRET_BYTES)
  const put = new PutItemCommand({
    TableName: tableName,
    Item: { ...KEY, [SECRET]: { B: made } },
    ConditionExpression: 'attribute_not_exists(#pk)',
    ExpressionAttributeNames: { '#pk': appTable.partitionKey },
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
  })
  try {
    await call(clock, CALL_DEADLINE_MS, options => dynamodb.send(put, options), isConflict)
    return made
  } catch (error) {
    const winner = isConflict(error) ? secretOf(error.Item) : undefined
    if (winner) return winner
    throw error
  }
}

function secretOf(item: Item | undefined): Uint8Array | undefined {
  return item?.[SECRET]?.B
}
