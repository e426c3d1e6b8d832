import { type AttributeValue, type DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb'
import type { Instant } from '../core/task.ts'
import { encodeTime } from '../core/task-id.ts'
import type { Clock } from '../ports/clock.ts'
import type { Counters, RowChange } from '../ports/table-changes.ts'
import { call, ITEM_DEADLINE_MS } from './clients.ts'
import { isConflict } from './conflict.ts'
import { COUNTS, DUE, deltasOf, ENDS, FENCE, REVISION, STATS_PARTITION, startOfMinute } from './deltas.ts'
import { createLimit } from './limit.ts'
import { appTable } from './names.ts'
import { appKey } from './query-items.ts'
import type { Item } from './row-codec.ts'
import { shardOf } from './shards.ts'

export interface CountersOptions {
  readonly dynamodb: DynamoDBClient
  /** The app table. */
  readonly tableName: string
  readonly clock: Clock
}

/** What one record of the stream adds to one item. */
interface Entry {
  /** Padded, so that it compares as text. */
  readonly sequence: string
  readonly adds: readonly { readonly attribute: string; readonly by: number }[]
}

/** The longest a sequence number can be. */
const SEQUENCE_LENGTH = 40
/** An update expression holds 4 KB and 300 operators: what adds to more counters than this is written in portions. */
const ATTRIBUTES_AT_A_TIME = 100
const WRITES_AT_A_TIME = 16

const DAY_MS = 86_400_000
/** A stream keeps records for a day, and takes its time to drop them. After this long none can come again. */
const REPLAY_MS = 2 * DAY_MS
/** How long items that belong to a minute are kept after it, and after their last write. */
export const ENDS_KEPT_MS = REPLAY_MS
export const DUE_KEPT_MS = 3 * DAY_MS

/**
 * Sums what a portion of the stream changes and adds it to a few items. Each item carries, for each shard, the last record that is in
 * its numbers, and is written under the condition that this is an earlier one than the first that is added. So it does not matter
 * which of the items a call that failed had reached, nor how a repeated portion is cut. An item whose numbers stay as they are is
 * written too: otherwise a repeat that begins in the midst of the portion would find no fence and count its second half alone.
 */
export function createCounters({ dynamodb, tableName, clock }: CountersOptions): Counters {
  const limit = createLimit(WRITES_AT_A_TIME)

  async function write(item: string, shard: string, entries: readonly Entry[]): Promise<void> {
    let open = entries
    while (open.length > 0) {
      const portion = portionOf(open)
      const fence = await add(item, shard, portion)
      // Either all of the portion is in, or what the item has already seen of it is dropped: at least its first record.
      open = fence === undefined ? open.slice(portion.length) : open.filter(({ sequence }) => sequence > fence)
    }
  }

  /** @returns the last record that the item has counted, when it has counted some of these */
  async function add(item: string, shard: string, entries: readonly Entry[]): Promise<string | undefined> {
    const fence = fenceOf(shard)
    try {
      const command = updateOf(item, fence, entries)
      const { Attributes } = await call(clock, ITEM_DEADLINE_MS, on => dynamodb.send(command, on), isConflict)
      await dropOldFences(item, fence, Attributes ?? {})
      return undefined
    } catch (error) {
      const found = isConflict(error) ? error.Item?.[fence]?.S : undefined
      if (found === undefined) throw error
      return found.slice(0, SEQUENCE_LENGTH)
    }
  }

  function updateOf(item: string, fence: string, entries: readonly Entry[]): UpdateItemCommand {
    const sums = sumsOf(entries)
    const ttl = ttlOf(item, clock.now())
    const names: Record<string, string> = { '#fence': fence, '#revision': REVISION }
    const values: Record<string, AttributeValue> = {
      ':first': { S: entries[0]?.sequence ?? '' },
      ':fence': { S: `${entries.at(-1)?.sequence}@${encodeTime(clock.now())}` },
      ':one': { N: '1' },
    }
    for (const [index, [attribute, by]] of sums.entries()) {
      names[`#${index}`] = attribute
      values[`:${index}`] = { N: String(by) }
    }
    if (ttl !== undefined) {
      names['#ttl'] = appTable.ttl
      values[':ttl'] = { N: String(ttl) }
    }
    const sets = ['#fence = :fence', ...(ttl === undefined ? [] : ['#ttl = :ttl'])]
    const adds = ['#revision :one', ...sums.map((_, index) => `#${index} :${index}`)]
    return new UpdateItemCommand({
      TableName: tableName,
      Key: statsKey(item),
      UpdateExpression: `SET ${sets.join(', ')} ADD ${adds.join(', ')}`,
      ConditionExpression: 'attribute_not_exists(#fence) OR #fence < :first',
      ExpressionAttributeNames: names,
      ExpressionAttributeValues: values,
      ReturnValues: 'ALL_NEW',
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    })
  }

  /**
   * Shards live for hours, and each leaves a fence behind. One that has not moved for longer than records can come again keeps nothing
   * out any more. Which fences are old is told by the time they were written, not by what a shard is called.
   */
  async function dropOldFences(item: string, own: string, attributes: Item): Promise<void> {
    const latest = encodeTime(Math.max(0, clock.now() - REPLAY_MS))
    const old = Object.entries(attributes).filter(
      ([name, { S }]) => name.startsWith(FENCE) && name !== own && (S ?? '').slice(SEQUENCE_LENGTH + 1) < latest,
    )
    if (old.length === 0) return
    const names = old.map((_, index) => `#${index}`)
    const command = new UpdateItemCommand({
      TableName: tableName,
      Key: statsKey(item),
      UpdateExpression: `REMOVE ${names.join(', ')}`,
      // None of them has moved since.
      ConditionExpression: names.map((name, index) => `${name} = :${index}`).join(' AND '),
      ExpressionAttributeNames: Object.fromEntries(old.map(([name], index) => [`#${index}`, name])),
      ExpressionAttributeValues: Object.fromEntries(old.map(([, value], index) => [`:${index}`, value])),
    })
    await call(clock, ITEM_DEADLINE_MS, on => dynamodb.send(command, on), isConflict).catch(error => {
      if (!isConflict(error)) throw error
    })
  }

  return {
    async apply(shard, changes) {
      const writes = [...entriesByItem(shard, changes)].map(([item, entries]) =>
        limit(() => write(item, shard, entries)),
      )
      const failed = (await Promise.allSettled(writes)).find(({ status }) => status === 'rejected')
      if (failed) throw (failed as PromiseRejectedResult).reason
    },
  }
}

export function statsKey(item: string): Record<string, AttributeValue> {
  return appKey(STATS_PARTITION, item)
}

/** Epoch seconds (H86), and never before a record of the last write can come again. Rows are counted for ever. */
export function ttlOf(item: string, now: Instant): number | undefined {
  if (item.startsWith(COUNTS)) return undefined
  const [prefix, kept] = item.startsWith(DUE) ? [DUE, DUE_KEPT_MS] : [ENDS, ENDS_KEPT_MS]
  return Math.ceil((Math.max(now, startOfMinute(item.slice(prefix.length))) + kept) / 1_000)
}

/** In the order of the shard, each record once. */
function entriesByItem(shard: string, changes: readonly RowChange[]): ReadonlyMap<string, readonly Entry[]> {
  const items = new Map<string, Map<string, Entry>>()
  for (const { sequence, before, after } of changes) {
    for (const [name, deltas] of Map.groupBy(deltasOf(before, after), ({ item }) => item)) {
      // Shards are spread over several items, so that they do not wait for each other.
      const item = name === COUNTS ? COUNTS + shardOf(shard) : name
      const entries = items.get(item) ?? new Map<string, Entry>()
      items.set(item, entries)
      const padded = sequence.padStart(SEQUENCE_LENGTH, '0')
      entries.set(padded, { sequence: padded, adds: deltas })
    }
  }
  return new Map(
    [...items].map(([item, entries]) => [
      item,
      [...entries.values()].sort((a, b) => (a.sequence < b.sequence ? -1 : 1)),
    ]),
  )
}

/** As many from the start as one update can hold. */
function portionOf(entries: readonly Entry[]): readonly Entry[] {
  const attributes = new Set<string>()
  for (const [index, { adds }] of entries.entries()) {
    for (const { attribute } of adds) attributes.add(attribute)
    if (attributes.size > ATTRIBUTES_AT_A_TIME) return entries.slice(0, Math.max(1, index))
  }
  return entries
}

function sumsOf(entries: readonly Entry[]): [string, number][] {
  const sums = new Map<string, number>()
  for (const { adds } of entries)
    for (const { attribute, by } of adds) sums.set(attribute, (sums.get(attribute) ?? 0) + by)
  return [...sums].filter(([, by]) => by !== 0)
}

/** The name of a shard without what all have in common: an item has some of these, and is billed by its size. */
function fenceOf(shard: string): string {
  return FENCE + shard.replace(/^shardId-0*/, '')
}
