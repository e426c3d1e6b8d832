import { DeleteItemCommand, type DynamoDBClient, PutItemCommand, paginateQuery } from '@aws-sdk/client-dynamodb'
import { type Pause, selectorKey } from '../core/dispatch.ts'
import type { Clock } from '../ports/clock.ts'
import type { DispatchStore } from '../ports/dispatch-store.ts'
import { CALL_DEADLINE_MS, call, ITEM_DEADLINE_MS } from './clients.ts'
import { tasksTable } from './names.ts'
import { type Item, itemKey } from './row-codec.ts'
import type { Timers } from './timers.ts'

/** The pauses' partition of the tasks table: there, because its changes travel in the same stream as those of the rows. */
export const DISPATCH_PARTITION = 'dispatch'
const PAUSE = 'p'

/** @param timers end what a pause with a time has switched off */
export function createDispatchStore(
  dynamodb: DynamoDBClient,
  tableName: string,
  clock: Clock,
  timers?: Pick<Timers, 'resumeAt'>,
): DispatchStore {
  const keyOf = (selector: Pause['selector']) => itemKey(DISPATCH_PARTITION, selectorKey(selector))
  const partition = {
    TableName: tableName,
    KeyConditionExpression: '#partition = :partition',
    ExpressionAttributeNames: { '#partition': tasksTable.partitionKey },
    ExpressionAttributeValues: { ':partition': { S: DISPATCH_PARTITION } },
    // What a worker knows of the switch is as old as this read, and no older (P10).
    ConsistentRead: true,
  }

  return {
    read: () =>
      call(clock, ITEM_DEADLINE_MS, async options => {
        const pauses: Pause[] = []
        for await (const { Items } of paginateQuery({ client: dynamodb }, partition, options)) {
          for (const item of Items ?? []) pauses.push(decodePause(item))
        }
        return pauses
      }),
    async put(pause) {
      // First: a pause that nobody ends must not come of a crash in between, and one end too many does nothing.
      if (pause.until !== undefined) await timers?.resumeAt(selectorKey(pause.selector), pause.until)
      const put = new PutItemCommand({
        TableName: tableName,
        Item: { ...keyOf(pause.selector), [PAUSE]: { S: JSON.stringify(pause) } },
      })
      await call(clock, CALL_DEADLINE_MS, options => dynamodb.send(put, options))
    },
    async remove(selector) {
      const remove = new DeleteItemCommand({
        TableName: tableName,
        Key: keyOf(selector),
        ReturnValues: 'ALL_OLD',
      })
      const { Attributes } = await call(clock, CALL_DEADLINE_MS, options => dynamodb.send(remove, options))
      return Attributes !== undefined
    },
  }
}

/** @throws SyntaxError for an item that is no pause */
export function decodePause(item: Item): Pause {
  return JSON.parse(String(item[PAUSE]?.S)) as Pause
}
