import { type DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb'
import type { BlobStore } from '../ports/blob-store.ts'
import type { Clock } from '../ports/clock.ts'
import { CALL_DEADLINE_MS, call } from './clients.ts'
import { itemKey } from './row-codec.ts'
import { decodeLongText, encodeLongText } from './text-codec.ts'

/** Every write bills the whole row by the KB; what is longer is written once, beside it. */
const INLINE_BYTES = 1_024

/** What begins the sort key of a text beside its row; the rest is the text's key. */
export const BODY_PREFIX = 'body#'
const TEXT = 'b'

export function createBlobStore(dynamodb: DynamoDBClient, tableName: string, clock: Clock): BlobStore {
  return {
    inlineBytes: INLINE_BYTES,
    async put(task, key, text) {
      // Without a condition: the key is new, and whoever sends it twice sends the same text.
      const put = new PutItemCommand({
        TableName: tableName,
        Item: { ...itemKey(task, BODY_PREFIX + key), [TEXT]: await encodeLongText(text) },
      })
      await call(clock, CALL_DEADLINE_MS, options => dynamodb.send(put, options))
    },
    async get(task, key) {
      const get = new GetItemCommand({
        TableName: tableName,
        Key: itemKey(task, BODY_PREFIX + key),
        ConsistentRead: true,
      })
      const { Item } = await call(clock, CALL_DEADLINE_MS, options => dynamodb.send(get, options))
      const value = Item?.[TEXT]
      return value && decodeLongText(value)
    },
  }
}
