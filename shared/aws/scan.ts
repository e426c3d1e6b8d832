import { type AttributeValue, BatchGetItemCommand, type DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb'
import type { Instant, TaskRow } from '../core/task.ts'
import { ALPHABET, encodeTime } from '../core/task-id.ts'
import type { Clock } from '../ports/clock.ts'
import type { Scan, ScannedPage } from '../ports/scan.ts'
import { BODY_PREFIX } from './blob-store.ts'
import { CALL_DEADLINE_MS, call } from './clients.ts'
import { decodeCounted } from './counted-row.ts'
import { deleteItems } from './delete-items.ts'
import { projection } from './expressions.ts'
import { insist } from './insist.ts'
import { LOG_PREFIX } from './log-store.ts'
import { tasksTable } from './names.ts'
import { portions } from './portions.ts'
import { decodeRow, type Item, itemKey, ROW_SORT_KEY, rowKey } from './row-codec.ts'

/** Fields of the rows that a scan answers. */
export const scannedFields = [
  'id',
  'name',
  'owner',
  'priority',
  'state',
  'runAt',
  'wakeAt',
  'finishedAt',
  'expiresAt',
  'policy',
  'traceparent',
] as const satisfies readonly (keyof TaskRow)[]

export interface ScanOptions {
  readonly dynamodb: DynamoDBClient
  /** The tasks table. */
  readonly tableName: string
  readonly clock: Clock
  readonly segments?: number
}

const SEGMENTS = 8
/** A text is written before its row: nobody takes this long in between (H7). */
const ORPHAN_MS = 15 * 60_000
/** What one call takes. */
const READS_AT_A_TIME = 100

/** Reads the whole table in parallel, not consistently, which costs half: whoever acts on a row asks for it again, or lets it judge. */
export function createScan({ dynamodb, tableName, clock, segments = SEGMENTS }: ScanOptions): Scan {
  const { ProjectionExpression, ExpressionAttributeNames } = projection(scannedFields)

  /** @returns those of the tasks that certainly have no row */
  async function withoutRow(tasks: readonly string[]): Promise<ReadonlySet<string>> {
    const missing = new Set(tasks)
    const left = await insist(clock, tasks, async some => {
      const keys = { Keys: some.map(rowKey), ...projection(['id']), ConsistentRead: true }
      const command = new BatchGetItemCommand({ RequestItems: { [tableName]: keys } })
      const { Responses, UnprocessedKeys } = await call(clock, CALL_DEADLINE_MS, on => dynamodb.send(command, on))
      for (const item of Responses?.[tableName] ?? []) missing.delete(partitionOf(item))
      return (UnprocessedKeys?.[tableName]?.Keys ?? []).map(partitionOf)
    })
    for (const task of left) missing.delete(task)
    return missing
  }

  return {
    segments,
    async page(segment, after) {
      const command = new ScanCommand({
        TableName: tableName,
        Segment: segment,
        TotalSegments: segments,
        ProjectionExpression: `${ProjectionExpression}, #key`,
        ExpressionAttributeNames: { ...ExpressionAttributeNames, '#key': tasksTable.sortKey },
        ExclusiveStartKey: after === undefined ? undefined : startKey(after),
      })
      const { Items, LastEvaluatedKey } = await call(clock, CALL_DEADLINE_MS, on => dynamodb.send(command, on))
      return {
        ...sorted(Items ?? [], clock.now()),
        ...(LastEvaluatedKey && { next: JSON.stringify([partitionOf(LastEvaluatedKey), keyOf(LastEvaluatedKey)]) }),
      }
    },
    async removeOrphans(suspects) {
      let removed = 0
      const byTask = Map.groupBy(suspects, ({ task }) => task)
      for (const tasks of portions([...byTask.keys()], READS_AT_A_TIME)) {
        const gone = [...(await withoutRow(tasks))]
        const orphans = gone.flatMap(task => byTask.get(task) ?? [])
        const keys = orphans.map(({ task, key }) => itemKey(task, key))
        removed += keys.length - (await deleteItems(dynamodb, tableName, clock, keys)).length
      }
      return removed
    },
  }
}

/** The sort key of a row is behind those of its texts, so on most pages they are together. */
function sorted(items: readonly Item[], now: Instant): Omit<ScannedPage, 'next'> {
  const rows: TaskRow[] = []
  let unreadable = 0
  const seen = new Set<string>()
  for (const item of items) {
    if (keyOf(item) !== ROW_SORT_KEY) continue
    seen.add(partitionOf(item))
    try {
      decodeCounted(item)
      rows.push(decodeRow(item))
    } catch {
      unreadable++
    }
  }
  const oldest = encodeTime(Math.max(0, now - ORPHAN_MS))
  const suspects = items
    .map(item => ({ task: partitionOf(item), key: keyOf(item) }))
    .filter(({ task, key }) => !seen.has(task) && isOld(key, oldest))
  return { rows, unreadable, suspects }
}

const TEXT_KEY = new RegExp(`^(?:${BODY_PREFIX}|${LOG_PREFIX})([${ALPHABET}]{10})`)

/** The keys of texts begin with the time at which they were written. */
function isOld(key: string, oldest: string): boolean {
  const [, time] = TEXT_KEY.exec(key) ?? []
  return time !== undefined && time < oldest
}

function startKey(after: string): Record<string, AttributeValue> {
  const [task, key] = JSON.parse(after) as [string, string] // the `next` of a page
  return itemKey(task, key)
}

function partitionOf(item: Item): string {
  return String(item[tasksTable.partitionKey]?.S)
}

function keyOf(item: Item): string {
  return String(item[tasksTable.sortKey]?.S)
}
