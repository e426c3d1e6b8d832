import { copyFileSync, existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

/** A row as it lies in the file, read apart from the product's own codec. */
export interface FileRow {
  readonly id: string
  readonly name: string
  readonly state: string
  readonly run: number
  readonly attempt: number
  readonly attemptsLeft: number
  readonly maxAttempts: number
  readonly createdAt: number
  readonly startedAt: number | null
  readonly finishedAt: number | null
  readonly wakeAt: number | null
  readonly leaseToken: string | null
  readonly payload: unknown
  readonly result: unknown
  readonly errorCode: string | undefined
  readonly history: readonly FileEntry[]
}

export interface FileEntry {
  readonly at: number
  readonly to: string
  readonly why: string | undefined
}

/** Copies a data file with its log, as it lies there after a kill, and looks at the copy: the original stays as it was. */
export function inCopy<T>(folder: string, look: (db: DatabaseSync) => T): T {
  const copy = join(folder, 'copy.db')
  for (const end of ['', '-wal']) {
    rmSync(copy + end, { force: true })
    if (existsSync(join(folder, `pulse.db${end}`))) copyFileSync(join(folder, `pulse.db${end}`), copy + end)
  }
  const db = new DatabaseSync(copy)
  try {
    return look(db)
  } finally {
    db.close()
    for (const end of ['', '-wal', '-shm']) rmSync(copy + end, { force: true })
  }
}

/** The rows of a file whose server has ended. */
export function readRows(folder: string): FileRow[] {
  return inCopy(folder, db => db.prepare('SELECT * FROM task ORDER BY seq').all().map(fileRow))
}

function fileRow(cells: Record<string, unknown>): FileRow {
  const { payload, result, lastError, history } = cells as Record<string, string | null>
  const lines = JSON.parse(history ?? '[]') as [number, string, number?, string?][]
  const error = lastError ? (JSON.parse(lastError) as { code?: string }) : undefined
  return {
    ...(cells as unknown as FileRow), // the columns are named as the fields are; those that hold JSON follow
    payload: payload ? JSON.parse(payload) : undefined,
    result: result ? JSON.parse(result) : undefined,
    errorCode: error?.code,
    history: lines.map(([at, to, , why]) => ({ at, to, why: why ?? undefined })),
  }
}

/** `name state` → count, from the rows themselves. */
export function recount(db: DatabaseSync): Record<string, number> {
  return counts(db, 'SELECT name, state, count(*) AS count FROM task GROUP BY name, state')
}

/** `name state` → count, from what the server keeps. */
export function counters(db: DatabaseSync): Record<string, number> {
  return counts(db, 'SELECT name, state, count FROM counter WHERE count <> 0')
}

function counts(db: DatabaseSync, select: string): Record<string, number> {
  const rows = db.prepare(select).all()
  return Object.fromEntries(rows.map(({ name, state, count }) => [`${name} ${state}`, Number(count)]))
}
