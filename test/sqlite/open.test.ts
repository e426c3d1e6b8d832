import { chmodSync, mkdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, test } from 'vitest'
import { FILE_VERSION } from '../../shared/sqlite/migrations.ts'
import { OpenRefused, openFile } from '../../shared/sqlite/open.ts'
import { inspect, kill, openSqlite, startChild, submitted, tempFolder } from '../helpers/backend-folder.ts'

/** The one line in which a folder is refused. */
function refusal(folder: string): string {
  try {
    openFile(folder).close()
  } catch (error) {
    expect(error).toBeInstanceOf(OpenRefused)
    const { message } = error as OpenRefused
    expect(message).not.toContain('\n')
    expect(message).toContain(folder)
    return message
  }
  throw new Error('the folder was not refused')
}

function raw(folder: string, text: string): void {
  const db = new DatabaseSync(join(folder, 'pulse.db'))
  db.exec(text)
  db.close()
}

describe('opening a data folder', () => {
  test('H107 the log is fsynced with every commit', () => {
    const file = openFile(tempFolder())
    const pragma = (name: string) => Object.values(file.db.prepare(`PRAGMA ${name}`).get() ?? {})[0]
    expect([pragma('journal_mode'), pragma('synchronous'), pragma('fullfsync')]).toEqual(['wal', 2, 1])
    file.close()
  })

  test('a new folder is made, for its owner only', () => {
    const folder = join(tempFolder(), 'data')
    const file = openFile(folder)
    file.db.exec('CREATE TABLE more (text TEXT)')
    const modeOf = (path: string) => statSync(path).mode & 0o777
    expect(modeOf(folder)).toBe(0o700)
    for (const name of ['pulse.db', 'pulse.db-wal']) expect(modeOf(join(folder, name)), name).toBe(0o600)
    file.close()
    expect(inspect(folder, 'SELECT starts, commits FROM epoch')).toEqual([{ starts: 1, commits: 0 }])
  })

  test('a second opening finds the file as it was left, and counts itself', async () => {
    const folder = tempFolder()
    const backend = openSqlite(folder)
    const { id } = await submitted(backend)
    backend.close()
    const again = openSqlite(folder)
    expect(await again.tasks.read(id)).toMatchObject({ id })
    expect(inspect(folder, 'SELECT starts, commits FROM epoch')).toEqual([{ starts: 2, commits: 1 }])
  })

  test('H108 a file that this process has open is refused', () => {
    const folder = tempFolder()
    const first = openFile(folder)
    expect(refusal(folder)).toMatch(
      /in use by another Pulse process: stop it, or choose another folder with PULSE_DATA/,
    )
    first.close()
    openFile(folder).close()
  })

  test('H108 a file that another process has open is refused until that one is gone, however it went', async () => {
    const folder = tempFolder()
    const child = await startChild(folder, 3)
    expect(refusal(folder)).toMatch(/in use by another Pulse process/)
    await kill(child)
    const backend = openSqlite(folder)
    expect((await backend.tasks.list({ now: 5_000, limit: 9 })).rows.map(({ title }) => title)).toEqual(['2', '1', '0'])
  })

  test('H113 a file of a newer version is refused and left alone', () => {
    const folder = tempFolder()
    openFile(folder).close()
    raw(folder, 'PRAGMA user_version = 99')
    expect(refusal(folder)).toMatch(/newer version of Pulse \(file version 99, this program knows \d+\)/)
    expect(inspect(folder, 'SELECT starts FROM epoch')).toEqual([{ starts: 1 }])
  })

  test('H113 a file of the first version is brought forward with what is in it', async () => {
    const folder = tempFolder()
    const backend = openSqlite(folder)
    const { id } = await submitted(backend)
    backend.close()
    // What has come since.
    raw(
      folder,
      'DROP TABLE record; DROP TABLE bucket; ALTER TABLE task DROP COLUMN scheduledFor; PRAGMA user_version = 1',
    )
    const again = openSqlite(folder)
    expect(await again.tasks.read(id)).toMatchObject({ id })
    const key = { partition: 'users', sort: 'ada' }
    expect(await again.records.write([{ key, expect: 'absent', value: 1 }])).toBe(true)
    expect(inspect(folder, 'PRAGMA user_version')).toEqual([{ user_version: FILE_VERSION }])
  })

  test('H113 a migration that fails half-way leaves nothing behind', () => {
    const folder = tempFolder()
    // The table that the first migration makes last is in its way.
    raw(folder, 'CREATE TABLE epoch (wrong INTEGER)')
    expect(refusal(folder)).toMatch(/cannot be opened: .*epoch already exists/)
    expect(inspect(folder, 'SELECT name FROM sqlite_schema')).toEqual([{ name: 'epoch' }])
    expect(inspect(folder, 'PRAGMA user_version')).toEqual([{ user_version: 0 }])
    raw(folder, 'DROP TABLE epoch')
    openFile(folder).close()
  })

  test('a file that is no database is refused and left alone', () => {
    const folder = tempFolder()
    writeFileSync(
      join(folder, 'pulse.db'),
      'a letter to my bank, kept in the wrong folder, long enough to be looked at',
    )
    expect(refusal(folder)).toMatch(/cannot be opened: file is not a database/)
    // The refusal holds no lock.
    expect(refusal(folder)).toMatch(/not a database/)
  })

  test('a folder that cannot be made is refused', () => {
    expect(refusal('/proc/pulse')).toMatch(/cannot be written to .*set PULSE_DATA/)
  })

  test('a folder that cannot be written to is refused', context => {
    if (process.getuid?.() === 0) return context.skip('root may write everywhere')
    const folder = join(tempFolder(), 'data')
    mkdirSync(folder)
    chmodSync(folder, 0o500)
    expect(refusal(folder)).toMatch(/cannot be written to/)
  })
})
