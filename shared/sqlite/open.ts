import { randomUUID } from 'node:crypto'
import { accessSync, closeSync, constants, existsSync, mkdirSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { createHighWaterMark, readMark } from './high-water-mark.ts'
import { lockFile } from './lock.ts'
import { migrate, NewerFile } from './migrations.ts'

/** Why a data folder cannot be opened, in one line for a person. */
export class OpenRefused extends Error {
  override readonly name = 'OpenRefused'
}

export interface OpenFile {
  readonly db: DatabaseSync
  /** Counts a group in the file itself; call inside its transaction. */
  countGroup(): void
  groupCommitted(): void
  /** Brings the mark beside the file up to date. */
  mark(): void
  close(): void
}

/** Rows are written in the order of their arrival: larger pages mean fewer writes to the log for a group. */
const PAGE_BYTES = 8_192
const PAGE_CACHE_KIB = 65_536
/** Pages of write-ahead log before they are moved into the file: 32 MB. */
const CHECKPOINT_PAGES = 4_000
const BUSY_MS = 100

/**
 * Opens the data file of a folder, or a new one; `:memory:` for one that goes with the process.
 * @throws OpenRefused
 */
export function openFile(folder: string): OpenFile {
  if (folder === ':memory:') return prepare(new DatabaseSync(':memory:'), undefined, () => {})
  const path = join(folder, 'pulse.db')
  prepareFolder(folder)
  const lock = lockFile(`${path}.lock`)
  if (!lock)
    throw new OpenRefused(
      `${path} is in use by another Pulse process: stop it, or choose another folder with PULSE_DATA`,
    )
  try {
    // Payloads are nobody else's business, wherever the folder is. SQLite gives its log the same rights.
    closeSync(openSync(path, 'a', 0o600))
    return prepare(new DatabaseSync(path, { timeout: BUSY_MS }), path, () => lock.release())
  } catch (error) {
    lock.release()
    throw error instanceof OpenRefused ? error : new OpenRefused(`${path} cannot be opened: ${explain(error)}`)
  }
}

function prepareFolder(folder: string): void {
  try {
    // Not recursive: Node's goes in circles where a folder takes no new ones, such as /proc.
    if (!existsSync(folder)) mkdirSync(folder, { mode: 0o700 })
    accessSync(folder, constants.W_OK | constants.X_OK)
  } catch (error) {
    throw new OpenRefused(
      `the data folder ${folder} cannot be written to (${explain(error)}): set PULSE_DATA to one that can`,
    )
  }
}

function prepare(db: DatabaseSync, path: string | undefined, release: () => void): OpenFile {
  try {
    // FULL: an acknowledged task has been fsynced (H107). fullfsync: what macOS calls fsync does not reach the disk.
    db.exec(`PRAGMA page_size = ${PAGE_BYTES}; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA fullfsync = 1; PRAGMA foreign_keys = OFF;
      PRAGMA cache_size = -${PAGE_CACHE_KIB}; PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES}; PRAGMA temp_store = MEMORY`)
    migrate(db)
    // One transaction: a file that is refused is left as it was, so that it is refused again.
    db.exec('BEGIN IMMEDIATE')
    const epoch = openEpoch(db)
    if (path) refuseLoss(path, epoch)
    db.exec('COMMIT')
    return file(db, epoch, path, release)
  } catch (error) {
    db.close()
    if (error instanceof NewerFile && path) throw new OpenRefused(`${path} cannot be used: ${error.message}`)
    throw error
  }
}

interface Epoch {
  readonly file: string
  readonly starts: number
  readonly commits: number
}

/** One row: which file this is, how often it was opened, how many groups it holds. */
function openEpoch(db: DatabaseSync): Epoch {
  db.prepare('INSERT INTO epoch (one, file, starts, commits) VALUES (1, ?, 0, 0) ON CONFLICT DO NOTHING').run(
    randomUUID(),
  )
  return db.prepare('UPDATE epoch SET starts = starts + 1 RETURNING file, starts, commits').get() as unknown as Epoch
}

function refuseLoss(path: string, epoch: Epoch): void {
  const mark = readMark(`${path}.mark`)
  // A file that is new beside an old mark has lost everything: all of it was in a log that is gone.
  const isThisFile = mark?.file === epoch.file || epoch.starts === 1
  if (!mark || !isThisFile || mark.commits <= epoch.commits) return
  throw new OpenRefused(
    `${path} has lost ${mark.commits - epoch.commits} of ${mark.commits} commits that were acknowledged (a damaged write-ahead log, or an ` +
      `older copy of the file): restore a backup, or delete ${path}.mark to go on with what is left`,
  )
}

function file(db: DatabaseSync, epoch: Epoch, path: string | undefined, release: () => void): OpenFile {
  const count = db.prepare('UPDATE epoch SET commits = commits + 1')
  const high = path === undefined ? undefined : createHighWaterMark(`${path}.mark`, epoch.file)
  let commits = epoch.commits
  let marked = -1
  const mark = () => {
    if (marked === commits) return
    high?.write(commits)
    marked = commits
  }
  return {
    db,
    countGroup: () => void count.run(),
    groupCommitted: () => void commits++,
    mark,
    close() {
      try {
        mark()
      } finally {
        db.close()
        release()
      }
    },
  }
}

function explain(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
