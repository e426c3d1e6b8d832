import { type AttributeValue, BatchWriteItemCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb'
import type { Clock } from '../ports/clock.ts'
import { CALL_DEADLINE_MS, call } from './clients.ts'
import { insist } from './insist.ts'
import { portions } from './portions.ts'

type Key = Record<string, AttributeValue>

/** What one call takes. */
const DELETES_AT_A_TIME = 25

/**
 * Deletes items without a condition. What is not there counts as deleted.
 * @returns the keys that DynamoDB has left over, though it was asked again
 * @throws StoreUnavailable
 */
export async function deleteItems(
  dynamodb: DynamoDBClient,
  tableName: string,
  clock: Clock,
  keys: readonly Key[],
): Promise<readonly Key[]> {
  const left: Key[] = []
  for (const portion of portions(keys, DELETES_AT_A_TIME)) {
    const over = await insist(clock, portion, async some => {
      const deletes = some.map(Key => ({ DeleteRequest: { Key } }))
      const command = new BatchWriteItemCommand({ RequestItems: { [tableName]: deletes } })
      const { UnprocessedItems } = await call(clock, CALL_DEADLINE_MS, on => dynamodb.send(command, on))
      return (UnprocessedItems?.[tableName] ?? []).flatMap(({ DeleteRequest }) =>
        DeleteRequest?.Key ? [DeleteRequest.Key] : [],
      )
    })
    left.push(...over)
  }
  return left
}
