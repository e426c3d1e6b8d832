import type { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { shownState } from '../core/shown-state.ts'
import type { Instant, TaskRow } from '../core/task.ts'
import { encodeTime } from '../core/task-id.ts'
import type { Clock } from '../ports/clock.ts'
import type { DeadQuery, DeadRow, Page, TaskQuery, TaskStore } from '../ports/task-store.ts'
import { deadPartition } from './expressions.ts'
import { createKeyStream, type KeyRange } from './key-stream.ts'
import { tasksTable } from './names.ts'
import { FIRST_PLACE, LAST_PLACE, placeOf } from './places.ts'
import { BATCH_ROWS, readRows } from './read-rows.ts'
import { fields } from './row-codec.ts'
import { sharded, shards } from './shards.ts'

/** A page looks at no more rows than this: each is read, and paid for, whether it fits or not. */
export const SCAN_LIMIT = 1_000
/** After this long a page ends with what it has, so that somebody is answered. */
const PAGE_MS = 5_000

export interface ListParts {
  readonly dynamodb: DynamoDBClient
  readonly tableName: string
  readonly names: () => Promise<readonly string[]>
  readonly clock: Clock
}

interface Listing {
  readonly range: KeyRange
  readonly limit: number
  /** Whether rows may be refused, so that more are read at once than are wanted. */
  readonly isFiltered: boolean
  readonly listed: Parameters<typeof readRows>[4]
  /** @param place under which the index has the row */
  readonly fits: (row: TaskRow, place: string) => boolean
}

const LEFT_OUT: ReadonlySet<string> = new Set(['payload', 'payloadAt', 'result', 'resultAt'])
const listed = fields.filter(field => !LEFT_OUT.has(field))

/**
 * No index is keyed by anything that changes, so lists are read in the order of their immutable places and filtered row by row. The
 * cursor is the place of the last row that was looked at: it stays right while rows come, change and go.
 */
export function createLists(parts: ListParts): Pick<TaskStore, 'list' | 'listDead'> {
  const { dynamodb, tableName, clock } = parts

  async function page({ range, limit, isFiltered, listed, fits }: Listing): Promise<Page<DeadRow>> {
    const endsAt = clock.now() + PAGE_MS
    // A filter that most rows pass costs little more than none; one that few pass is worked through in large steps.
    let step = isFiltered ? 2 * limit : limit
    const keys = createKeyStream(dynamodb, tableName, clock, range, Math.min(BATCH_ROWS, step))
    const rows: TaskRow[] = []
    let seen = 0
    for (;;) {
      const batch = await keys.take(Math.min(BATCH_ROWS, SCAN_LIMIT - seen, step))
      const ids = batch.map(({ id }) => id)
      const found = await readRows(dynamodb, tableName, clock, ids, listed)
      for (const [index, { id, place }] of batch.entries()) {
        const row = found.get(id)
        if (row && fits(row, place)) rows.push(row)
        if (rows.length < limit) continue
        const isLast = index === batch.length - 1 && keys.ended()
        return { rows, ...(!isLast && { next: place }) }
      }
      seen += batch.length
      step = isFiltered ? BATCH_ROWS : limit - rows.length
      const last = batch.at(-1)
      if (!last || keys.ended()) return { rows }
      if (seen >= SCAN_LIMIT || clock.now() >= endsAt) return { rows, next: last.place }
    }
  }

  async function list(query: TaskQuery): Promise<Page> {
    const { owner, name, states, tag, priority, createdAfter, createdBefore } = query
    const index = owner === undefined ? tasksTable.byName : tasksTable.byOwner
    const keys = owner !== undefined ? [owner] : name !== undefined ? [name] : await parts.names()
    const low = createdAfter === undefined ? FIRST_PLACE : startOf(createdAfter + 1)
    const high = createdBefore === undefined ? LAST_PLACE : startOf(createdBefore)
    const otherName = owner === undefined ? undefined : name
    return page({
      range: { index, partitions: allShards(keys), low, high: earlier(high, query.after) },
      limit: query.limit,
      isFiltered: Boolean(states?.length || tag || priority !== undefined || otherName !== undefined),
      listed,
      fits: row =>
        (otherName === undefined || row.name === otherName) &&
        (priority === undefined || row.priority === priority) &&
        (!tag || (row.tags !== undefined && Object.hasOwn(row.tags, tag.key) && row.tags[tag.key] === tag.value)) &&
        (!states?.length || states.includes(shownState(row, query.now))),
    })
  }

  function listDead({ owner, name, fingerprint, limit, after }: DeadQuery): Promise<Page<DeadRow>> {
    return page({
      range: {
        index: tasksTable.dead,
        partitions: shards.map(deadPartition),
        low: FIRST_PLACE,
        high: earlier(LAST_PLACE, after),
      },
      limit,
      isFiltered: owner !== undefined || name !== undefined || fingerprint !== undefined,
      listed: [...listed, 'history'],
      fits: (row, place) =>
        // The index lags: the task may live again, or have died a second time and stand elsewhere.
        row.state === 'DEAD' &&
        placeOf(row.finishedAt ?? 0, row.id) === place &&
        (owner === undefined || row.owner === owner) &&
        (name === undefined || row.name === name) &&
        (fingerprint === undefined || row.lastError?.fingerprint === fingerprint),
    })
  }

  return { list, listDead }
}

function allShards(keys: readonly string[]): string[] {
  return keys.flatMap(key => shards.map(shard => sharded(key, shard)))
}

/** The cursor of the page before is the end of this one. */
function earlier(high: string, after: string | undefined): string {
  return after !== undefined && after < high ? after : high
}

/** Before all places of that time. */
function startOf(time: Instant): string {
  return encodeTime(Math.min(Math.max(0, time), LATEST))
}

/** What ten characters can tell. */
const LATEST = 32 ** 10 - 1
