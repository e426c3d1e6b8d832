import { type AttributeValue, DeleteItemCommand, type DynamoDBClient, QueryCommand } from '@aws-sdk/client-dynamodb'
import type { Clock } from '../ports/clock.ts'
import { StoreUnavailable } from '../ports/store-unavailable.ts'
import type { TaskStore } from '../ports/task-store.ts'
import { CALL_DEADLINE_MS, call, ITEM_DEADLINE_MS } from './clients.ts'
import { isConflict } from './conflict.ts'
import { deleteItems } from './delete-items.ts'
import { createLimit } from './limit.ts'
import { tasksTable } from './names.ts'
import { attributes, type Item, itemKey, ROW_SORT_KEY, rowKey } from './row-codec.ts'

export interface RemovalParts {
  readonly dynamodb: DynamoDBClient
  /** The tasks table. */
  readonly tableName: string
  readonly clock: Clock
}

/** A client has 50 connections, and others want some. */
const TASKS_AT_A_TIME = 24

/**
 * The row goes last: as long as it is there, lists lead to what lies beside it, wherever this was cut off. What is written beside a row
 * that is gone is removed by reconcile, once it is old (H7).
 */
export function createRemove({ dynamodb, tableName, clock }: RemovalParts): TaskStore['remove'] {
  const limit = createLimit(TASKS_AT_A_TIME)

  async function removeBeside(id: string): Promise<void> {
    let from: Record<string, AttributeValue> | undefined
    do {
      const query = new QueryCommand({
        TableName: tableName,
        KeyConditionExpression: '#task = :task',
        ProjectionExpression: '#key',
        ExpressionAttributeNames: { '#task': tasksTable.partitionKey, '#key': tasksTable.sortKey },
        ExpressionAttributeValues: { ':task': { S: id } },
        ConsistentRead: true,
        ExclusiveStartKey: from,
      })
      const { Items, LastEvaluatedKey } = await call(clock, CALL_DEADLINE_MS, on => dynamodb.send(query, on))
      const keys = (Items ?? []).map(keyOf).filter(key => key !== ROW_SORT_KEY)
      const left = await deleteItems(
        dynamodb,
        tableName,
        clock,
        keys.map(key => itemKey(id, key)),
      )
      if (left.length > 0) throw new StoreUnavailable('DynamoDB left items of a task undeleted')
      from = LastEvaluatedKey
    } while (from)
  }

  async function removeRow(id: string, version: number): Promise<boolean> {
    const command = new DeleteItemCommand({
      TableName: tableName,
      Key: rowKey(id),
      ConditionExpression: '#version = :version',
      ExpressionAttributeNames: { '#version': attributes.version },
      ExpressionAttributeValues: { ':version': { N: String(version) } },
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    })
    try {
      await call(clock, ITEM_DEADLINE_MS, on => dynamodb.send(command, on), isConflict)
      return true
    } catch (error) {
      if (!isConflict(error)) throw error
      // Of a row that is gone, by our own request before or by somebody else's, nothing is shown.
      return error.Item === undefined
    }
  }

  return ({ id, version }) =>
    limit(async () => {
      await removeBeside(id)
      return removeRow(id, version)
    })
}

function keyOf(item: Item): string {
  return String(item[tasksTable.sortKey]?.S)
}
