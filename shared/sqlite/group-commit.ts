import type { DatabaseSync } from 'node:sqlite'
import { StoreUnavailable } from '../ports/store-unavailable.ts'

/** Writes that arrive in the same turn of the event loop share a transaction and its one fsync (H107). */
export interface GroupCommit {
  /** @returns what `write` returned, once the group is durable */
  add<T>(write: () => T): Promise<T>
  /** Writes what is waiting. */
  flush(): void
}

export interface GroupHooks {
  /** Inside the transaction, after its writes: what derives from them. */
  beforeCommit(): void
  /** The group is durable. */
  committed(): void
  /** The group was rolled back: what was derived from it must go. */
  rolledBack(): void
  /** The file can no longer be trusted: after a failed fsync nobody knows what is on disk (H109). */
  failed(error: unknown): void
}

interface Waiting {
  readonly write: () => unknown
  readonly resolve: (value: never) => void
  readonly reject: (error: unknown) => void
}

/** A group this large is committed though more are waiting, so that the event loop gets a turn. */
const GROUP_LIMIT = 1_000

export function createGroupCommit(db: DatabaseSync, hooks: GroupHooks): GroupCommit {
  let waiting: Waiting[] = []
  const begin = db.prepare('BEGIN IMMEDIATE')
  const commit = db.prepare('COMMIT')

  function writeGroup(): void {
    if (waiting.length === 0) return
    const group = waiting.length > GROUP_LIMIT ? waiting.splice(0, GROUP_LIMIT) : waiting
    if (group === waiting) waiting = []
    else setImmediate(writeGroup)
    write(group)
  }

  function write(group: Waiting[]): void {
    const values: unknown[] = new Array(group.length)
    const refused = new Map<Waiting, unknown>()
    try {
      begin.run()
      for (let index = 0; index < group.length; index++) {
        const each = group[index] as Waiting // within its bounds
        try {
          values[index] = each.write()
        } catch (error) {
          // One bad write fails alone, unless SQLite has given up the whole transaction (disk full, I/O error).
          if (!db.isTransaction || isOutage(error)) throw error
          refused.set(each, error)
        }
      }
      hooks.beforeCommit()
      commit.run()
    } catch (error) {
      abandon(group, error)
      return
    }
    hooks.committed()
    for (let index = 0; index < group.length; index++) {
      const each = group[index] as Waiting // within its bounds
      if (refused.has(each)) each.reject(refused.get(each))
      else each.resolve(values[index] as never)
    }
  }

  function abandon(group: Waiting[], error: unknown): void {
    try {
      if (db.isOpen && db.isTransaction) db.exec('ROLLBACK')
    } catch {
      // The group is lost either way, and each of its callers is told so.
    }
    hooks.rolledBack()
    if (isFatal(error)) hooks.failed(error)
    const unavailable = new StoreUnavailable(`the database did not take the write: ${reason(error)}`, { cause: error })
    for (const each of group) each.reject(unavailable)
  }

  return {
    add: write =>
      new Promise((resolve, reject) => {
        if (waiting.push({ write, resolve, reject }) === 1) setImmediate(writeGroup)
      }),
    flush() {
      while (waiting.length > 0) writeGroup()
    },
  }
}

const SQLITE_BUSY = 5
const SQLITE_IOERR = 10
const SQLITE_CORRUPT = 11
const SQLITE_FULL = 13
const SQLITE_IOERR_FSYNC = SQLITE_IOERR | (4 << 8)
const SQLITE_IOERR_DIR_FSYNC = SQLITE_IOERR | (5 << 8)

/** Low byte: the kind. Source: sqlite.org/rescode.html */
function resultCode(error: unknown): number {
  return typeof error === 'object' && error !== null && 'errcode' in error ? Number(error.errcode) : 0
}

function isOutage(error: unknown): boolean {
  return [SQLITE_BUSY, SQLITE_IOERR, SQLITE_CORRUPT, SQLITE_FULL].includes(resultCode(error) & 0xff)
}

function isFatal(error: unknown): boolean {
  const code = resultCode(error)
  return code === SQLITE_IOERR_FSYNC || code === SQLITE_IOERR_DIR_FSYNC || (code & 0xff) === SQLITE_CORRUPT
}

function reason(error: unknown): string {
  switch (resultCode(error) & 0xff) {
    case SQLITE_FULL:
      return 'the disk is full'
    case SQLITE_BUSY:
      return 'another program holds the file'
    default:
      return 'input or output failed'
  }
}
