import { type AttributeValue, type DynamoDBClient, QueryCommand } from '@aws-sdk/client-dynamodb'
import type { Clock } from '../ports/clock.ts'
import { CALL_DEADLINE_MS, call } from './clients.ts'
import { createLimit } from './limit.ts'
import { tasksTable } from './names.ts'

/** An index of rows by place, of which the keys are all there is. */
export interface PlaceIndex {
  readonly index: string
  readonly partitionKey: string
  readonly sortKey: string
}

/** A stretch of some partitions of an index. */
export interface KeyRange {
  readonly index: PlaceIndex
  readonly partitions: readonly string[]
  /** From this place on … */
  readonly low: string
  /** … and before this one. */
  readonly high: string
}

export interface RowKey {
  readonly id: string
  readonly place: string
}

/** The keys of a range as one list, the latest place first. */
export interface KeyStream {
  /** The next ones, so many; fewer at the end. */
  take(count: number): Promise<readonly RowKey[]>
  /** Whether it is known that none are left. */
  ended(): boolean
}

interface Partition {
  readonly key: string
  ahead: RowKey[]
  /** Where its next page begins; undefined for the first, and when there is none. */
  from: Record<string, AttributeValue> | undefined
  ended: boolean
}

/** A list over all names asks many partitions; no more than this at a time. */
const QUERIES_AT_A_TIME = 16
const PAGE_KEYS = 100

/** @param expected number of keys that will be asked for, as far as known: partitions are read in pages to match */
export function createKeyStream(
  dynamodb: DynamoDBClient,
  tableName: string,
  clock: Clock,
  range: KeyRange,
  expected: number,
): KeyStream {
  // DynamoDB refuses a range that ends before it begins.
  const isEmpty = range.low >= range.high
  const partitions: Partition[] = isEmpty
    ? []
    : range.partitions.map(key => ({ key, ahead: [], from: undefined, ended: false }))
  const limit = createLimit(QUERIES_AT_A_TIME)
  // Rows are spread evenly: twice its share is nearly always enough.
  const firstPage = Math.min(PAGE_KEYS, Math.ceil((2 * expected) / Math.max(1, partitions.length)) + 1)

  async function fill(partition: Partition): Promise<void> {
    while (partition.ahead.length === 0 && !partition.ended) await readPage(partition)
  }

  async function readPage(partition: Partition): Promise<void> {
    const { index, low, high } = range
    const query = new QueryCommand({
      TableName: tableName,
      IndexName: index.index,
      KeyConditionExpression: '#partition = :partition AND #place BETWEEN :low AND :high',
      ExpressionAttributeNames: { '#partition': index.partitionKey, '#place': index.sortKey },
      ExpressionAttributeValues: { ':partition': { S: partition.key }, ':low': { S: low }, ':high': { S: high } },
      ScanIndexForward: false,
      Limit: partition.from === undefined ? firstPage : PAGE_KEYS,
      ExclusiveStartKey: partition.from,
    })
    const { Items, LastEvaluatedKey } = await call(clock, CALL_DEADLINE_MS, options => dynamodb.send(query, options))
    partition.ahead = (Items ?? [])
      .map(item => ({ id: String(item[tasksTable.partitionKey]?.S), place: String(item[index.sortKey]?.S) }))
      // BETWEEN takes both ends in.
      .filter(({ place }) => place < high)
    partition.from = LastEvaluatedKey
    partition.ended = LastEvaluatedKey === undefined
  }

  function latest(): Partition | undefined {
    let found: Partition | undefined
    for (const partition of partitions) {
      const [key] = partition.ahead
      if (key && (found === undefined || key.place > (found.ahead[0]?.place ?? ''))) found = partition
    }
    return found
  }

  return {
    async take(count) {
      const taken: RowKey[] = []
      while (taken.length < count) {
        const unknown = partitions.filter(({ ahead, ended }) => ahead.length === 0 && !ended)
        if (unknown.length > 0) await Promise.all(unknown.map(partition => limit(() => fill(partition))))
        const key = latest()?.ahead.shift()
        if (!key) break
        taken.push(key)
      }
      return taken
    },
    ended: () => partitions.every(({ ahead, ended }) => ahead.length === 0 && ended),
  }
}
