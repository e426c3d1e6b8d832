import {
  type AttributeValue,
  BatchWriteItemCommand,
  DeleteItemCommand,
  paginateScan,
  type WriteRequest,
} from '@aws-sdk/client-dynamodb'
import { SendMessageBatchCommand } from '@aws-sdk/client-sqs'
import { tasksTable } from '../../shared/aws/names.ts'
import { encodeRow } from '../../shared/aws/row-codec.ts'
import { taskId } from '../../shared/core/task-id.ts'
import { submit } from '../../shared/core/transitions.ts'
import { hintBody } from '../../shared/ports/hint-message.ts'
import { createEntropy } from '../../shared/runtime/entropy.ts'
import type { AwsClients, AwsResources } from '../helpers/aws-resources.ts'
import { document } from './payloads.ts'

/** What happens to rows past the meter. */
export interface Rows {
  /** Tasks that wait, each with its hint. */
  addBacklog(count: number): Promise<void>
  /** Removes the rows that have ended, as their retention does, for nothing. */
  expire(): Promise<void>
}

const ROWS_AT_A_TIME = 25
const HINTS_AT_A_TIME = 10
const { partitionKey, sortKey, ttl } = tasksTable

export function createRows({ dynamodb, sqs }: AwsClients, resources: AwsResources): Rows {
  const table = { TableName: resources.tasksTable }
  const { url } = resources.queues['3']
  const entropy = createEntropy(() => Date.now())

  return {
    async addBacklog(count) {
      for (let made = 0; made < count; made += ROWS_AT_A_TIME) {
        const rows = Array.from({ length: ROWS_AT_A_TIME }, () => waitingRow(taskId(entropy.id())))
        const puts = rows.map((row): WriteRequest => ({ PutRequest: { Item: encodeRow(row) } }))
        await dynamodb.send(new BatchWriteItemCommand({ RequestItems: { [table.TableName]: puts } }))
        for (let at = 0; at < rows.length; at += HINTS_AT_A_TIME) {
          const hints = rows.slice(at, at + HINTS_AT_A_TIME)
          const Entries = hints.map((row, index) => ({ Id: String(index), MessageBody: hintBody(row) }))
          await sqs.send(new SendMessageBatchCommand({ QueueUrl: url, Entries }))
        }
      }
    },
    async expire() {
      const ended: Record<string, AttributeValue>[] = []
      for await (const { Items = [] } of paginateScan({ client: dynamodb }, table))
        ended.push(...Items.filter(item => item[ttl]))
      for (const item of ended) {
        const keys = Object.entries(item).filter(([name]) => name === partitionKey || name === sortKey)
        await dynamodb.send(new DeleteItemCommand({ ...table, Key: Object.fromEntries(keys) }))
      }
    },
  }
}

function waitingRow(id: string) {
  const now = Date.now()
  const payload = JSON.stringify(document)
  return submit({ id, name: 'noop', owner: 'local', priority: 3, maxAttempts: 5, runAt: now, payload }, now).row
}
