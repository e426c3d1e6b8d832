import type { AttributeValue } from '@aws-sdk/client-dynamodb'
import type { RecordKey, StoredRecord } from '../ports/record-store.ts'
import { type RecordContent, recordOf } from '../ports/record-writes.ts'
import { appTable } from './names.ts'
import { appKey, sortKeyOf } from './query-items.ts'
import type { Item } from './row-codec.ts'

export const VERSION = 'v'
const VALUE = 'j'
/** To the millisecond; the store's own removal knows seconds only. */
const EXPIRES_AT = 'e'

export function encodeRecord(key: RecordKey, content: RecordContent): Record<string, AttributeValue> {
  const { version, text, expiresAt } = content
  return {
    ...recordKey(key),
    [VERSION]: { N: String(version) },
    [VALUE]: { S: text },
    // Rounded up, and in epoch seconds (H86): never removed too early.
    ...(expiresAt !== undefined && {
      [EXPIRES_AT]: { N: String(expiresAt) },
      [appTable.ttl]: { N: String(Math.ceil(expiresAt / 1_000)) },
    }),
  }
}

export function decodeStored(item: Item): StoredRecord {
  const key = { partition: String(item[appTable.partitionKey]?.S), sort: sortKeyOf(item) }
  return recordOf(key, contentOf(item))
}

/** Whether an item is what was to be stored. */
export function isStored(item: Item | undefined, content: RecordContent | undefined): boolean {
  if (!item || !content) return item === content
  const { version, text, expiresAt } = contentOf(item)
  return version === content.version && text === content.text && expiresAt === content.expiresAt
}

export function recordKey({ partition, sort }: RecordKey): Record<string, AttributeValue> {
  return appKey(partition, sort)
}

function contentOf(item: Item): RecordContent {
  const expiresAt = item[EXPIRES_AT]?.N
  return {
    version: Number(item[VERSION]?.N),
    text: String(item[VALUE]?.S),
    ...(expiresAt !== undefined && { expiresAt: Number(expiresAt) }),
  }
}
