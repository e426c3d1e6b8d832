import type { DatabaseSync, SQLOutputValue } from 'node:sqlite'
import type { RecordKey, RecordQuery, RecordStore, StoredRecord } from '../ports/record-store.ts'
import { type PreparedWrite, prepareWrites, recordOf } from '../ports/record-writes.ts'
import type { GroupCommit } from './group-commit.ts'

export function createRecordStore(db: DatabaseSync, group: GroupCommit): RecordStore {
  const get = db.prepare('SELECT version, value, expiresAt FROM record WHERE partition = ? AND sort = ?')
  const put = db.prepare(`
    INSERT INTO record (partition, sort, version, value, expiresAt) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT (partition, sort) DO UPDATE SET version = excluded.version, value = excluded.value, expiresAt = excluded.expiresAt`)
  const remove = db.prepare('DELETE FROM record WHERE partition = ? AND sort = ?')
  const range = `SELECT sort, version, value, expiresAt FROM record
    WHERE partition = ? AND sort >= max(?, ?) AND sort < min(?, ?) ORDER BY sort`
  const forwards = db.prepare(`${range} LIMIT ?`)
  const backwards = db.prepare(`${range} DESC LIMIT ?`)

  function read(key: RecordKey): StoredRecord | undefined {
    const row = get.get(key.partition, key.sort)
    return row && decode(key, row)
  }

  function holds({ key, expect }: PreparedWrite): boolean {
    const row = get.get(key.partition, key.sort)
    return expect === 'absent' ? row === undefined : row?.version === expect
  }

  function write({ key: { partition, sort }, content }: PreparedWrite): void {
    if (content) put.run(partition, sort, content.version, content.text, content.expiresAt ?? null)
    else remove.run(partition, sort)
  }

  return {
    read: async key => read(key),
    readMany: async keys => keys.map(read),
    async list(query) {
      const { partition, limit } = query
      const statement = query.backwards ? backwards : forwards
      const rows = statement.all(partition, ...boundsOf(query), limit + 1)
      const records = rows.slice(0, limit).map(row => decode({ partition, sort: String(row.sort) }, row))
      const last = records.at(-1)
      return { records, ...(rows.length > limit && last && { next: last.key.sort }) }
    },
    async write(writes) {
      const prepared = prepareWrites(writes)
      // All are looked at before one is written: the transaction is shared, and does not end because this is refused.
      return group.add(() => {
        if (!prepared.every(holds)) return false
        prepared.forEach(write)
        return true
      })
    },
  }
}

function decode(key: RecordKey, row: Record<string, SQLOutputValue>): StoredRecord {
  return recordOf(key, {
    version: Number(row.version),
    text: String(row.value),
    ...(row.expiresAt !== null && { expiresAt: Number(row.expiresAt) }),
  })
}

/** SQLite puts every blob behind every text. */
const BEHIND_ALL = Uint8Array.of(0)
const LAST_POINT = 0x10ffff
const SURROGATES = { first: 0xd800, behind: 0xe000 }

/** Two lower bounds, which belong to the range, and two upper ones, which do not. */
function boundsOf({ prefix = '', after, backwards }: RecordQuery) {
  const end = behind(prefix)
  if (after === undefined) return [prefix, prefix, end, end] as const
  // The text that follows next upon another is that text and a zero.
  return backwards ? ([prefix, prefix, end, after] as const) : ([prefix, `${after}\0`, end, end] as const)
}

/** What comes next behind everything that begins so. SQLite compares the bytes of UTF-8, which sort as code points do. */
function behind(prefix: string): string | Uint8Array {
  const points = Array.from(prefix, character => character.codePointAt(0) ?? 0)
  while (points.at(-1) === LAST_POINT) points.pop()
  const last = points.pop()
  if (last === undefined) return BEHIND_ALL
  const next = last + 1 === SURROGATES.first ? SURROGATES.behind : last + 1
  return String.fromCodePoint(...points, next)
}
