import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync, type SQLOutputValue } from 'node:sqlite'
import type { TaskRow } from '../../../shared/core/task.ts'
import { openSqliteBackend, type SqliteBackend } from '../../../shared/sqlite/backend.ts'
import { decodeRow, SELECTED } from '../../../shared/sqlite/row-codec.ts'
import { names } from '../story.ts'

/** Memory, where the system offers it as a folder: that a disk keeps what was fsynced is shown elsewhere. */
const DISK = existsSync('/dev/shm') ? '/dev/shm' : tmpdir()

/** The data file of one machine, through the lives of several processes. */
export interface DataFile {
  /** Opens it as the crash of whoever had it open before leaves it. */
  open(): SqliteBackend
  /** A row as it is in the file, past the program that has it open. */
  read(task: string): TaskRow | undefined
  remove(): void
}

export function createDataFile(): DataFile {
  const root = mkdtempSync(join(DISK, 'pulse-sim-'))
  const closers: (() => void)[] = []
  let lives = 0
  let read: DataFile['read'] = () => undefined

  return {
    open() {
      const folder = join(root, String(++lives))
      // A process that has died closes nothing: its file is left alone, and the next one goes on with a copy of what is in it.
      if (lives === 1) makeEmpty(folder)
      else cpSync(join(root, String(lives - 1)), folder, { recursive: true })
      const backend = openSqliteBackend({
        folder,
        names: Object.keys(names),
        failed(error) {
          throw error
        },
      })
      const db = new DatabaseSync(join(folder, 'pulse.db'), { readOnly: true })
      const select = db.prepare(`SELECT ${SELECTED} FROM task WHERE id = ?`)
      select.setReturnArrays(true)
      read = task => {
        const cells = select.get(task) as unknown as SQLOutputValue[] | undefined
        return cells && decodeRow(cells).row
      }
      closers.push(
        () => db.close(),
        () => backend.close(),
      )
      return backend
    },
    read: task => read(task),
    remove() {
      for (const close of closers) close()
      rmSync(root, { recursive: true })
    },
  }
}

let empty: ReadonlyMap<string, Buffer> | undefined

/** Every history begins with a copy of a new data file, which is faster than to make one. */
function makeEmpty(folder: string): void {
  empty ??= newFiles()
  mkdirSync(folder)
  for (const [name, content] of empty) writeFileSync(join(folder, name), content)
}

function newFiles(): ReadonlyMap<string, Buffer> {
  const folder = mkdtempSync(join(DISK, 'pulse-sim-'))
  openSqliteBackend({ folder, names: [], failed() {} }).close()
  const files = new Map(readdirSync(folder).map(name => [name, readFileSync(join(folder, name))]))
  rmSync(folder, { recursive: true })
  return files
}
