import { type DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb'
import type { TaskRow } from '../core/task.ts'
import type { Clock } from '../ports/clock.ts'
import type { TaskStore } from '../ports/task-store.ts'
import { call, ITEM_DEADLINE_MS } from './clients.ts'
import { createCommit } from './commit.ts'
import type { AwsHintQueue } from './hint-queue.ts'
import { createLists } from './lists.ts'
import { createRemove } from './remove-task.ts'
import { decodeRow, rowKey } from './row-codec.ts'

export interface TaskStoreParts {
  readonly dynamodb: DynamoDBClient
  readonly tableName: string
  readonly hints: AwsHintQueue
  /** All task names that rows may have, for lists over all of them. */
  readonly names: () => Promise<readonly string[]>
  readonly retentionMs: number
  readonly clock: Clock
}

export function createTaskStore(parts: TaskStoreParts): TaskStore {
  const { dynamodb, tableName, clock } = parts

  /** Consistent: who was told 202 finds the task (H9), and a claim without an answer is looked for here (H26). */
  async function read(id: string): Promise<TaskRow | undefined> {
    const get = new GetItemCommand({ TableName: tableName, Key: rowKey(id), ConsistentRead: true })
    const { Item } = await call(clock, ITEM_DEADLINE_MS, options => dynamodb.send(get, options))
    return Item && decodeRow(Item)
  }

  return { commit: createCommit({ ...parts, read }), read, remove: createRemove(parts), ...createLists(parts) }
}
