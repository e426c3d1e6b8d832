import {
  type CancellationReason,
  DeleteItemCommand,
  type DynamoDBClient,
  PutItemCommand,
  TransactionCanceledException,
  TransactionConflictException,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb'
import type { Clock, Entropy } from '../ports/clock.ts'
import type { RecordStore } from '../ports/record-store.ts'
import { type PreparedWrite, prepareWrites } from '../ports/record-writes.ts'
import { StoreUnavailable } from '../ports/store-unavailable.ts'
import { CALL_DEADLINE_MS, call, ITEM_DEADLINE_MS } from './clients.ts'
import { isConflict } from './conflict.ts'
import { PAUSES_MS, pause } from './insist.ts'
import { appTable } from './names.ts'
import { encodeRecord, isStored, recordKey, VERSION } from './record-codec.ts'
import type { Item } from './row-codec.ts'

export interface RecordStoreOptions {
  readonly dynamodb: DynamoDBClient
  /** The app table. */
  readonly tableName: string
  readonly clock: Clock
  readonly entropy: Entropy
}

/** Nothing was written, and nobody has looked at the conditions. */
const IN_THE_WAY = ['TransactionConflict', 'ThrottlingError', 'ProvisionedThroughputExceeded']

/** One conditional write, or one transaction of several. */
export function createRecordWriter(options: RecordStoreOptions): RecordStore['write'] {
  const { dynamodb, tableName, clock, entropy } = options

  function send(writes: readonly PreparedWrite[], token: string): Promise<unknown> {
    const [first] = writes
    if (first && writes.length === 1) return call(clock, ITEM_DEADLINE_MS, on => sendOne(first, on), isAnswer)
    const transaction = new TransactWriteItemsCommand({
      TransactItems: writes.map(write => {
        const { item, key, ...condition } = expressionsOf(write)
        if (item) return { Put: { ...condition, Item: item } }
        const there = { ...condition, Key: key }
        // Who may not remove a record may still demand that there is none.
        return write.expect === 'absent' ? { ConditionCheck: there } : { Delete: there }
      }),
      ClientRequestToken: token,
    })
    return call(clock, CALL_DEADLINE_MS, on => dynamodb.send(transaction, on), isAnswer)
  }

  function sendOne(write: PreparedWrite, on: { readonly abortSignal: AbortSignal }): Promise<unknown> {
    const { item, key, ...condition } = expressionsOf(write)
    return item
      ? dynamodb.send(new PutItemCommand({ ...condition, Item: item }), on)
      : dynamodb.send(new DeleteItemCommand({ ...condition, Key: key }), on)
  }

  function expressionsOf({ key, expect, content }: PreparedWrite) {
    const isNew = expect === 'absent'
    return {
      TableName: tableName,
      key: recordKey(key),
      item: content && encodeRecord(key, content),
      ConditionExpression: isNew ? 'attribute_not_exists(#pk)' : '#version = :version',
      ExpressionAttributeNames: isNew ? { '#pk': appTable.partitionKey } : { '#version': VERSION },
      ...(!isNew && { ExpressionAttributeValues: { ':version': { N: String(expect) } } }),
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    } as const
  }

  return async writes => {
    const prepared = prepareWrites(writes)
    if (prepared.length === 0) return true
    // For the client's own retries, which it makes one request of; another call is another request, judged by versions (H83).
    const token = entropy.token()
    let repeated = false
    for (let tries = 0; ; tries++) {
      try {
        await send(prepared, token)
        return true
      } catch (error) {
        repeated ||= wasRepeated(error)
        const winners = winnersOf(error)
        if (winners) return repeated && prepared.every((write, index) => isDone(write, winners[index]))
        if (!isInTheWay(error)) throw error
        const ms = PAUSES_MS[tries]
        if (ms === undefined) throw new StoreUnavailable('too many others write the same records', { cause: error })
        await pause(clock, ms * (1 + entropy.random()) * 0.5)
      }
    }
  }
}

/** Lost conditions and others in the way are answers; a refused request is a mistake of this program, and no outage. */
function isAnswer(error: unknown): boolean {
  if (isConflict(error) || error instanceof TransactionCanceledException) return true
  return (
    error instanceof TransactionConflictException || (error instanceof Error && error.name === 'ValidationException')
  )
}

function isInTheWay(error: unknown): boolean {
  if (error instanceof TransactionConflictException) return true
  return reasonsOf(error).some(({ Code = '' }) => IN_THE_WAY.includes(Code))
}

/** What the writes have found, when a condition was lost: nothing was written, or all of it before. */
function winnersOf(error: unknown): readonly Winner[] | undefined {
  if (isConflict(error)) return [{ lost: true, item: error.Item }]
  const winners = reasonsOf(error).map(({ Code, Item }) => ({ lost: Code === 'ConditionalCheckFailed', item: Item }))
  return winners.some(({ lost }) => lost) ? winners : undefined
}

interface Winner {
  readonly lost: boolean
  readonly item: Item | undefined
}

function reasonsOf(error: unknown): readonly CancellationReason[] {
  return error instanceof TransactionCanceledException ? (error.CancellationReasons ?? []) : []
}

/**
 * Whether a request before the one that was answered may have reached the store. Only then can what lies there be our own: somebody
 * else may have written the same.
 */
function wasRepeated(error: unknown): boolean {
  const { $metadata } = error as { readonly $metadata?: { readonly attempts?: number } }
  return ($metadata?.attempts ?? 1) > 1
}

/** Whether it looks as if this write was applied before its condition was lost. */
function isDone({ expect, content }: PreparedWrite, winner: Winner | undefined): boolean {
  // Where nothing was to be there, and nothing is to be there, no condition is lost.
  if (expect === 'absent' && !content) return winner?.lost === false
  return winner?.lost === true && isStored(winner.item, content)
}
