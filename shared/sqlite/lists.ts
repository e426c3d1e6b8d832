import type { DatabaseSync, SQLInputValue, SQLOutputValue } from 'node:sqlite'
import type { ShownState } from '../core/shown-state.ts'
import type { Instant } from '../core/task.ts'
import type { DeadQuery, DeadRow, Page, TaskQuery } from '../ports/task-store.ts'
import { columns, decodeRow } from './row-codec.ts'

/** A page looks at no more rows than this, so that a filter that matches little cannot hold up the event loop. */
export const SCAN_LIMIT = 20_000

/** A row may be written so much later than its `createdAt` says: a large payload is written first, and clocks are set. */
const DISORDER_MS = 2_000

const LEFT_OUT: ReadonlySet<string> = new Set(['payload', 'payloadAt', 'result', 'resultAt'])
const DEAD = columns.map(column => (LEFT_OUT.has(column) ? 'NULL' : `"${column}"`)).join(', ')
const LISTED = DEAD.replace('"history"', `''`)

/** Named clauses on the states as people see them; `$now` is bound. */
const NOT_EXPIRED = '(expiresAt IS NULL OR expiresAt > $now)'
const stateClauses: Readonly<Record<ShownState, string>> = {
  PENDING: `(state = 'PENDING' AND runAt <= $now AND ${NOT_EXPIRED})`,
  SCHEDULED: `(state = 'PENDING' AND runAt > $now AND ${NOT_EXPIRED})`,
  RETRYING: `(state = 'RETRYING' AND ${NOT_EXPIRED})`,
  RUNNING: `(state = 'RUNNING')`,
  COMPLETED: `(state = 'COMPLETED')`,
  DEAD: `(state = 'DEAD')`,
  CANCELED: `(state = 'CANCELED')`,
  EXPIRED: `(state = 'EXPIRED' OR (state IN ('PENDING', 'RETRYING') AND NOT ${NOT_EXPIRED}))`,
}

export interface Lists {
  list(query: TaskQuery): Page
  listDead(query: DeadQuery): Page<DeadRow>
}

export function createLists(db: DatabaseSync): Lists {
  function page(
    listed: string,
    order: Order,
    range: string[],
    filters: string[],
    values: Values,
    limit: number,
    after?: string,
  ): Page<DeadRow> {
    const [afterTime, afterSeq] = after === undefined ? [] : after.split('.').map(Number)
    const from = after === undefined ? range : [...range, `(${order.time}, seq) < ($afterTime, $afterSeq)`]
    if (after !== undefined) Object.assign(values, { afterTime: afterTime ?? 0, afterSeq: afterSeq ?? 0 })
    const inner = `SELECT seq, ${order.time} AS at FROM task ${where(from)} ORDER BY ${order.time} DESC, seq DESC LIMIT ${SCAN_LIMIT}`
    // The scan is bounded before the filters apply; where it ended, the next page goes on.
    const edge = db.prepare(`SELECT seq, at FROM (${inner}) ORDER BY at, seq LIMIT 1`)
    const rows = db.prepare(
      `SELECT ${listed}, task.seq, window.at FROM (${inner}) AS window JOIN task ON task.seq = window.seq
       ${where(filters)} ORDER BY window.at DESC, window.seq DESC LIMIT ${limit}`,
    )
    rows.setReturnArrays(true)
    const found = rows.all(bindable(values, rows.sourceSQL)) as unknown as SQLOutputValue[][]
    const last = found.at(-1)
    const page = found.map(cells => decodeRow(cells).row as DeadRow)
    if (found.length === limit && last)
      return { rows: page, next: `${last[columns.length + 1]}.${last[columns.length]}` }
    const scanned = db.prepare(`SELECT count(*) AS count FROM (${inner})`)
    const { count } = scanned.get(bindable(values, scanned.sourceSQL)) as { count: number }
    if (count < SCAN_LIMIT) return { rows: page }
    const end = edge.get(bindable(values, edge.sourceSQL)) as { seq: number; at: number }
    return { rows: page, next: `${end.at}.${end.seq}` }
  }

  // Apart, because SQLite finds only a lone min or max without a scan.
  const ends = db.prepare(
    'SELECT coalesce((SELECT min(seq) FROM task), 1) AS low, coalesce((SELECT max(seq) FROM task), 0) + 1 AS high',
  )
  const createdAt = db.prepare('SELECT seq, createdAt FROM task WHERE seq >= ? ORDER BY seq LIMIT 1')

  /**
   * Rows are numbered in the order of their creation, give or take `DISORDER_MS`, so no index is needed to find a time over all owners.
   */
  function firstSince(time: Instant): number {
    let { low, high } = ends.get() as { low: number; high: number }
    while (low < high) {
      const middle = Math.floor((low + high) / 2)
      const row = createdAt.get(middle) as { seq: number; createdAt: Instant } | undefined
      if (row && row.createdAt < time) low = row.seq + 1
      else high = middle
    }
    return low
  }

  return {
    list(query) {
      const values: Values = { now: query.now }
      const range: string[] = []
      const filters: string[] = []
      const add = (target: string[], clause: string, name: string, value: SQLInputValue | undefined) => {
        if (value === undefined) return
        target.push(clause)
        values[name] = value
      }
      const byOwner = query.owner !== undefined
      add(range, 'owner = $owner', 'owner', query.owner)
      add(byOwner ? range : filters, 'createdAt > $createdAfter', 'createdAfter', query.createdAfter)
      add(byOwner ? range : filters, 'createdAt < $createdBefore', 'createdBefore', query.createdBefore)
      if (!byOwner && query.createdBefore !== undefined)
        add(range, 'seq < $seqBefore', 'seqBefore', firstSince(query.createdBefore + DISORDER_MS))
      if (!byOwner && query.createdAfter !== undefined)
        add(range, 'seq >= $seqAfter', 'seqAfter', firstSince(query.createdAfter - DISORDER_MS))
      add(filters, 'name = $name', 'name', query.name)
      add(filters, 'priority = $priority', 'priority', query.priority)
      if (query.tag) {
        add(
          filters,
          `tags IS NOT NULL AND EXISTS (SELECT 1 FROM json_each(tags) WHERE key = $tagKey AND value = $tagValue)`,
          'tagKey',
          query.tag.key,
        )
        values.tagValue = query.tag.value
      }
      if (query.states?.length) filters.push(`(${query.states.map(state => stateClauses[state]).join(' OR ')})`)
      return page(LISTED, { time: byOwner ? 'createdAt' : 'seq' }, range, filters, values, query.limit, query.after)
    },
    listDead(query) {
      const values: Values = {}
      const range = [`state = 'DEAD'`]
      const filters: string[] = []
      if (query.owner !== undefined) {
        filters.push('owner = $owner')
        values.owner = query.owner
      }
      if (query.name !== undefined) {
        filters.push('name = $name')
        values.name = query.name
      }
      if (query.fingerprint !== undefined) {
        filters.push(`json_extract(lastError, '$.fingerprint') = $fingerprint`)
        values.fingerprint = query.fingerprint
      }
      return page(DEAD, { time: 'finishedAt' }, range, filters, values, query.limit, query.after)
    },
  }
}

interface Order {
  readonly time: 'createdAt' | 'finishedAt' | 'seq'
}
type Values = Record<string, SQLInputValue>

function where(clauses: string[]): string {
  return clauses.length === 0 ? '' : `WHERE ${clauses.join(' AND ')}`
}

/** SQLite refuses values that the text does not name. */
function bindable(values: Values, text: string): Values {
  return Object.fromEntries(Object.entries(values).filter(([name]) => text.includes(`$${name}`)))
}
