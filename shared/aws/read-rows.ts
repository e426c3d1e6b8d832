import { BatchGetItemCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb'
import type { TaskRow } from '../core/task.ts'
import type { Clock } from '../ports/clock.ts'
import { StoreUnavailable } from '../ports/store-unavailable.ts'
import { CALL_DEADLINE_MS, call } from './clients.ts'
import { projection } from './expressions.ts'
import { insist } from './insist.ts'
import { decodeRow, rowKey } from './row-codec.ts'

/** Rows that one call can ask for. */
export const BATCH_ROWS = 100

/**
 * Reads some fields of up to a hundred rows. Not consistently, which costs half: lists lag anyway.
 * @returns those that exist, by id
 * @throws StoreUnavailable
 */
export async function readRows(
  dynamodb: DynamoDBClient,
  tableName: string,
  clock: Clock,
  ids: readonly string[],
  fields: Parameters<typeof projection>[0],
): Promise<ReadonlyMap<string, TaskRow>> {
  const rows = new Map<string, TaskRow>()
  // DynamoDB refuses a key that is named twice, and an index that lags may have a row in two places.
  const left = await insist(clock, [...new Set(ids)].map(rowKey), async some => {
    const read = new BatchGetItemCommand({ RequestItems: { [tableName]: { Keys: [...some], ...projection(fields) } } })
    const { Responses, UnprocessedKeys } = await call(clock, CALL_DEADLINE_MS, options => dynamodb.send(read, options))
    for (const item of Responses?.[tableName] ?? []) {
      const row = decodeRow(item)
      rows.set(row.id, row)
    }
    return UnprocessedKeys?.[tableName]?.Keys ?? []
  })
  if (left.length > 0) throw new StoreUnavailable('DynamoDB left keys of a read unread')
  return rows
}
