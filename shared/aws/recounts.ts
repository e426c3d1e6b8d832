import {
  TransactionCanceledException,
  TransactionConflictException,
  TransactWriteItemsCommand,
  type Update,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb'
import type { Instant } from '../core/task.ts'
import type { Entropy } from '../ports/clock.ts'
import type { Recounts } from '../ports/scan.ts'
import { CALL_DEADLINE_MS, call } from './clients.ts'
import { isConflict } from './conflict.ts'
import { type CountersOptions, statsKey, ttlOf } from './counters.ts'
import { COUNTS, DUE, deltasOf, ENDS, minuteOf, REVISION, STATS_PARTITION } from './deltas.ts'
import { appTable } from './names.ts'
import { queryItems, sortKeyOf } from './query-items.ts'
import type { Item } from './row-codec.ts'
import { shards } from './shards.ts'

/** The counters of an item that a row's state decides about, by name. */
type Numbers = Map<string, number>

export interface RecountsOptions extends CountersOptions {
  readonly entropy: Pick<Entropy, 'token'>
}

type Revisions = ReadonlyMap<string, number | undefined>
type Change = Omit<Update, 'TableName' | 'Key'>

interface Snapshot {
  /** The items that hold the counts of rows are one here. */
  readonly numbers: ReadonlyMap<string, Numbers>
  readonly revisions: ReadonlyMap<string, number>
}

/** Items of minutes are kept for days; those in which somebody still waits are kept for longer (see `ttlOf`). */
const LONG_AGO_MS = 86_400_000
/** An update expression holds 4 KB. */
const ATTRIBUTES_AT_A_TIME = 100

/**
 * Records can be lost: a stream keeps them for a day, and one that nobody can read is passed over. So whoever reads all rows counts
 * them, by the same rules by which their changes are counted, and holds the counters against that.
 */
export function createRecounts(options: RecountsOptions): Recounts {
  const { dynamodb, tableName, clock, entropy } = options

  /** @param others items whose revisions must be these as well, as this one's must */
  async function update(item: string, change: Change, others: Revisions = new Map()): Promise<boolean> {
    const write: Update = { TableName: tableName, Key: statsKey(item), ...change }
    const checks = [...others].map(([other, revision]) => ({
      ConditionCheck: { TableName: tableName, Key: statsKey(other), ...standsAt(revision) },
    }))
    try {
      if (checks.length === 0)
        await call(clock, CALL_DEADLINE_MS, on => dynamodb.send(new UpdateItemCommand(write), on), isBeaten)
      else {
        const transaction = new TransactWriteItemsCommand({
          TransactItems: [{ Update: write }, ...checks],
          ClientRequestToken: entropy.token(),
        })
        await call(clock, CALL_DEADLINE_MS, on => dynamodb.send(transaction, on), isBeaten)
      }
      return true
    } catch (error) {
      if (isBeaten(error)) return false
      throw error
    }
  }

  async function readItems(): Promise<Item[]> {
    // All but the ends, which do not follow from rows: those sort last.
    const range = { partition: STATS_PARTITION, from: COUNTS, to: ENDS, consistent: true }
    const items: Item[] = []
    for await (const item of queryItems({ ...options, ...range })) items.push(item)
    return items
  }

  async function keep(items: readonly Item[], now: Instant): Promise<void> {
    const latest = DUE + minuteOf(Math.max(0, now - LONG_AGO_MS))
    for (const item of items) {
      const key = sortKeyOf(item)
      if (!key.startsWith(DUE) || key > latest || ![...numbersOf(item).values()].some(count => count > 0)) continue
      await update(key, {
        UpdateExpression: 'SET #ttl = :ttl',
        ConditionExpression: 'attribute_exists(#ttl)',
        ExpressionAttributeNames: { '#ttl': appTable.ttl },
        ExpressionAttributeValues: { ':ttl': { N: String(ttlOf(key, now)) } },
      })
    }
  }

  /** @returns how many of the differences were written: all, or those before the first sign that somebody else writes */
  async function add(
    item: string,
    differences: readonly [string, number][],
    revision: number | undefined,
    others?: Revisions,
  ): Promise<number> {
    let expected = revision
    for (let start = 0; start < differences.length; start += ATTRIBUTES_AT_A_TIME) {
      const some = differences.slice(start, start + ATTRIBUTES_AT_A_TIME)
      const ttl = ttlOf(item, clock.now())
      const { ConditionExpression, ExpressionAttributeNames, ExpressionAttributeValues } = standsAt(expected)
      const change = {
        UpdateExpression: `${ttl === undefined ? '' : 'SET #ttl = :ttl '}ADD #revision :one, ${some.map((_, index) => `#${index} :${index}`).join(', ')}`,
        ConditionExpression,
        ExpressionAttributeNames: {
          ...ExpressionAttributeNames,
          ...(ttl !== undefined && { '#ttl': appTable.ttl }),
          ...Object.fromEntries(some.map(([attribute], index) => [`#${index}`, attribute])),
        },
        ExpressionAttributeValues: {
          ...ExpressionAttributeValues,
          ':one': { N: '1' },
          ...(ttl !== undefined && { ':ttl': { N: String(ttl) } }),
          ...Object.fromEntries(some.map(([, by], index) => [`:${index}`, { N: String(by) }])),
        },
      }
      const isTaken = await update(item, change, others)
      if (!isTaken) return start
      expected = (expected ?? 0) + 1
    }
    return differences.length
  }

  return {
    async begin() {
      const items = await readItems()
      await keep(items, clock.now())
      const before = snapshotOf(items)
      const counted = new Map<string, Numbers>()
      const hasMoved = async () => !isUnchanged(before, snapshotOf(await readItems()))
      return {
        hasMoved,
        add(row) {
          for (const { item, attribute, by } of deltasOf(undefined, row)) addTo(counted, item, attribute, by)
        },
        differences: () => differencesOf(before.numbers, counted).reduce((sum, [, found]) => sum + found.length, 0),
        async correct() {
          if (await hasMoved()) return 0
          let corrected = 0
          for (const [item, found] of differencesOf(before.numbers, counted)) {
            const [key, others] = item === COUNTS ? sharing(before.revisions) : [item]
            corrected += await add(key, found, before.revisions.get(key), others)
          }
          return corrected
        },
      }
    },
  }
}

/** That an item has not been written since it had this revision; undefined for one that was not there. */
function standsAt(revision: number | undefined) {
  return {
    ConditionExpression: revision === undefined ? 'attribute_not_exists(#revision)' : '#revision = :revision',
    ExpressionAttributeNames: { '#revision': REVISION },
    ...(revision !== undefined && { ExpressionAttributeValues: { ':revision': { N: String(revision) } } }),
  }
}

/**
 * Of the items that share the counts of rows, the one that corrections are written to, and the others, which must stand still as well:
 * readers add them up.
 */
function sharing(revisions: Revisions): readonly [string, Revisions] {
  const keys = shards.map(shard => `${COUNTS}${shard}`)
  const corrected = keys.find(key => revisions.has(key)) ?? `${COUNTS}0`
  return [corrected, new Map(keys.filter(key => key !== corrected).map(key => [key, revisions.get(key)]))]
}

/** Somebody else has written, or is writing. */
function isBeaten(error: unknown): boolean {
  return (
    isConflict(error) || error instanceof TransactionCanceledException || error instanceof TransactionConflictException
  )
}

function snapshotOf(items: readonly Item[]): Snapshot {
  const numbers = new Map<string, Numbers>()
  const revisions = new Map<string, number>()
  for (const item of items) {
    const key = sortKeyOf(item)
    revisions.set(key, Number(item[REVISION]?.N))
    for (const [attribute, count] of numbersOf(item))
      addTo(numbers, key.startsWith(COUNTS) ? COUNTS : key, attribute, count)
  }
  return { numbers, revisions }
}

/** Of counters only: their names are of several parts. */
function numbersOf(item: Item): Numbers {
  return new Map(
    Object.entries(item).flatMap(([attribute, { N }]) =>
      N !== undefined && attribute.includes('#') ? [[attribute, Number(N)]] : [],
    ),
  )
}

function addTo(items: Map<string, Numbers>, item: string, attribute: string, by: number): void {
  const numbers = items.get(item) ?? new Map<string, number>()
  items.set(item, numbers)
  numbers.set(attribute, (numbers.get(attribute) ?? 0) + by)
}

/** What has to be added to the counters of each item. */
function differencesOf(
  counters: ReadonlyMap<string, Numbers>,
  counted: ReadonlyMap<string, Numbers>,
): [string, [string, number][]][] {
  const items = new Set([...counters.keys(), ...counted.keys()])
  return [...items].flatMap(item => {
    const [is, should] = [counters.get(item), counted.get(item)]
    const attributes = new Set([...(is?.keys() ?? []), ...(should?.keys() ?? [])])
    const found = [...attributes]
      .map((attribute): [string, number] => [attribute, (should?.get(attribute) ?? 0) - (is?.get(attribute) ?? 0)])
      .filter(([, by]) => by !== 0)
    return found.length > 0 ? [[item, found] as [string, [string, number][]]] : []
  })
}

function isUnchanged(before: Snapshot, now: Snapshot): boolean {
  if (before.revisions.size !== now.revisions.size) return false
  return [...before.revisions].every(([item, revision]) => now.revisions.get(item) === revision)
}
