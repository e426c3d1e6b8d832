import { type AttributeValue, type DynamoDBClient, PutItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb'
import { encodeTime } from '../core/task-id.ts'
import type { Clock, Entropy } from '../ports/clock.ts'
import type { LogLine, LogStore } from '../ports/log-store.ts'
import { CALL_DEADLINE_MS, call } from './clients.ts'
import { tasksTable } from './names.ts'
import { itemKey } from './row-codec.ts'
import { decodeLongText, encodeLongText } from './text-codec.ts'

/** What begins the sort key of log lines beside their row; the rest sorts as they were written. */
export const LOG_PREFIX = 'log#'
const LINES = 'l'

/** Lines that are appended together share an item, because each item is billed by the KB. One of them may hold so much text. */
const ITEM_CHARACTERS = 64 * 1_024

/** Behind every place of a log line. */
const LOG_END = 'log$'

export function createLogStore(dynamodb: DynamoDBClient, tableName: string, clock: Clock, entropy: Entropy): LogStore {
  let appended = 0

  /** By the time of its first line; what one process has appended in the same millisecond keeps its order. */
  function nextKey(first: LogLine): string {
    appended++
    return LOG_PREFIX + encodeTime(first.at) + encodeTime(appended) + entropy.token().slice(0, 8)
  }

  async function put(task: string, key: string, texts: readonly string[]): Promise<void> {
    const item = { ...itemKey(task, key), [LINES]: await encodeLongText(`[${texts.join(',')}]`) }
    // Without a condition: sent twice, it is the same item.
    const command = new PutItemCommand({ TableName: tableName, Item: item })
    await call(clock, CALL_DEADLINE_MS, options => dynamodb.send(command, options))
  }

  return {
    async append(task, lines) {
      // Written out first: a line that cannot be must not leave those before it behind.
      const portions = portionsOf(lines)
      for (const { first, texts } of portions) await put(task, nextKey(first), texts)
    },
    async read(task, limit, after) {
      const start = after === undefined ? { key: LOG_PREFIX, index: 0 } : placeOf(after)
      const lines: LogLine[] = []
      let from: Record<string, AttributeValue> | undefined
      do {
        const query = new QueryCommand({
          TableName: tableName,
          KeyConditionExpression: '#task = :task AND #key BETWEEN :start AND :end',
          ExpressionAttributeNames: { '#task': tasksTable.partitionKey, '#key': tasksTable.sortKey },
          ExpressionAttributeValues: { ':task': { S: task }, ':start': { S: start.key }, ':end': { S: LOG_END } },
          ConsistentRead: true,
          Limit: limit + 1,
          ExclusiveStartKey: from,
        })
        const { Items, LastEvaluatedKey } = await call(clock, CALL_DEADLINE_MS, options =>
          dynamodb.send(query, options),
        )
        for (const item of Items ?? []) {
          const key = String(item[tasksTable.sortKey]?.S)
          const found = JSON.parse(await decodeLongText(item[LINES] ?? { S: '[]' })) as LogLine[]
          for (let index = key === start.key ? start.index : 0; index < found.length; index++) {
            if (lines.length === limit) return { lines, next: `${key}#${index}` }
            lines.push(found[index] as LogLine) // within its bounds
          }
        }
        from = LastEvaluatedKey
      } while (from)
      return { lines }
    },
  }
}

interface Portion {
  readonly first: LogLine
  readonly texts: string[]
}

function portionsOf(lines: readonly LogLine[]): Portion[] {
  const portions: Portion[] = []
  let length = 0
  for (const line of lines) {
    const text = JSON.stringify(line)
    const last = portions.at(-1)
    if (last && length + text.length <= ITEM_CHARACTERS) last.texts.push(text)
    else {
      portions.push({ first: line, texts: [text] })
      length = 0
    }
    length += text.length
  }
  return portions
}

/** The line with which a page begins: the key of its item, and its number in there. */
function placeOf(after: string): { key: string; index: number } {
  const hash = after.lastIndexOf('#')
  return { key: after.slice(0, hash), index: Number(after.slice(hash + 1)) }
}
