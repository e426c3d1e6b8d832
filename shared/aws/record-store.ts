import { BatchGetItemCommand, GetItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb'
import type { RecordQuery, RecordStore, StoredRecord } from '../ports/record-store.ts'
import { keyText } from '../ports/record-writes.ts'
import { StoreUnavailable } from '../ports/store-unavailable.ts'
import { CALL_DEADLINE_MS, call, ITEM_DEADLINE_MS } from './clients.ts'
import { insist } from './insist.ts'
import { appTable } from './names.ts'
import { decodeStored, recordKey } from './record-codec.ts'
import type { Item } from './row-codec.ts'
import { createRecordWriter, type RecordStoreOptions } from './write-records.ts'

/** Records lie in the app table under their own keys. What DynamoDB has not removed yet is there (H81). */
export function createRecordStore(options: RecordStoreOptions): RecordStore {
  const { dynamodb, tableName, clock } = options

  /** One more than is asked for tells whether there are more. */
  async function query(query: RecordQuery): Promise<StoredRecord[]> {
    const { partition, prefix, limit, backwards = false } = query
    const found: Item[] = []
    let start = startOf(query)
    do {
      const command = new QueryCommand({
        TableName: tableName,
        KeyConditionExpression: `#partition = :partition${prefix ? ' AND begins_with(#sort, :prefix)' : ''}`,
        ExpressionAttributeNames: { '#partition': appTable.partitionKey, ...(prefix && { '#sort': appTable.sortKey }) },
        ExpressionAttributeValues: { ':partition': { S: partition }, ...(prefix && { ':prefix': { S: prefix } }) },
        ScanIndexForward: !backwards,
        ConsistentRead: true,
        Limit: limit + 1 - found.length,
        ExclusiveStartKey: start,
      })
      const { Items, LastEvaluatedKey } = await call(clock, CALL_DEADLINE_MS, on => dynamodb.send(command, on))
      found.push(...(Items ?? []))
      start = LastEvaluatedKey
    } while (start && found.length <= limit)
    return found.map(decodeStored)
  }

  return {
    async read(key) {
      const get = new GetItemCommand({ TableName: tableName, Key: recordKey(key), ConsistentRead: true })
      const { Item } = await call(clock, ITEM_DEADLINE_MS, on => dynamodb.send(get, on))
      return Item && decodeStored(Item)
    },
    async readMany(keys) {
      const records = new Map<string, StoredRecord>()
      // DynamoDB refuses a key that is named twice.
      const wanted = new Map(keys.map(key => [keyText(key), recordKey(key)]))
      const left = await insist(clock, [...wanted.values()], async some => {
        const get = new BatchGetItemCommand({
          RequestItems: { [tableName]: { Keys: [...some], ConsistentRead: true } },
        })
        const { Responses, UnprocessedKeys } = await call(clock, CALL_DEADLINE_MS, on => dynamodb.send(get, on))
        for (const record of (Responses?.[tableName] ?? []).map(decodeStored)) records.set(keyText(record.key), record)
        return UnprocessedKeys?.[tableName]?.Keys ?? []
      })
      if (left.length > 0) throw new StoreUnavailable('DynamoDB left keys of a read unread')
      return keys.map(key => records.get(keyText(key)))
    },
    async list(wanted) {
      if (isBeyond(wanted)) return { records: [] }
      const found = await query(wanted)
      const records = found.slice(0, wanted.limit)
      const last = records.at(-1)
      return { records, ...(found.length > wanted.limit && last && { next: last.key.sort }) }
    },
    write: createRecordWriter(options),
  }
}

/** DynamoDB refuses a start outside of what it is asked for. One that lies before it is none. */
function startOf({ partition, prefix = '', after }: RecordQuery) {
  return after?.startsWith(prefix) ? recordKey({ partition, sort: after }) : undefined
}

/** Whether a page would begin behind the last record. */
function isBeyond({ prefix = '', after, backwards }: RecordQuery): boolean {
  if (after === undefined || after.startsWith(prefix)) return false
  // As DynamoDB compares them: JavaScript has another order beyond U+FFFF.
  const order = Buffer.compare(Buffer.from(after), Buffer.from(prefix))
  return backwards ? order < 0 : order > 0
}
