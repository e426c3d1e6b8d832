import { closeSync, cpSync, mkdtempSync, openSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { readMark } from '../../shared/sqlite/high-water-mark.ts'
import { OpenRefused } from '../../shared/sqlite/open.ts'
import { imageOf, kill, openSqlite, spawnChild, submitted, tempFolder } from '../helpers/backend-folder.ts'

const TASKS = 120

describe('a file whose process was killed', () => {
  /** The folder of a process that was killed after so many tasks, one commit each, and after its mark. */
  const killed = mkdtempSync(join(tmpdir(), 'pulse-killed-'))
  let walBytes = 0

  beforeAll(async () => {
    await kill(await spawnChild(killed, TASKS))
    walBytes = readFileSync(join(killed, 'pulse.db-wal')).length
  })
  afterAll(() => rmSync(killed, { recursive: true }))

  const wal = (folder: string) => join(folder, 'pulse.db-wal')
  const stored = async (folder: string) => {
    const backend = openSqlite(folder)
    const { rows } = await backend.tasks.list({ now: 5_000, limit: 200 })
    backend.close()
    return rows.map(({ title }) => Number(title)).toReversed()
  }
  const firstTasks = (count: number) => Array.from({ length: count }, (_, number) => number)

  test('H110 opens with everything that it acknowledged', async () => {
    expect(await stored(imageOf(killed))).toEqual(firstTasks(TASKS))
  })

  for (const share of [0, 0.1, 0.5, 0.9]) {
    test(`H110 is refused when its log was cut to ${share * 100} %`, () => {
      const image = imageOf(killed)
      truncateSync(wal(image), Math.floor(walBytes * share))
      expect(() => openSqlite(image)).toThrow(OpenRefused)
      expect(() => openSqlite(image)).toThrow(
        /has lost \d+ of 120 commits that were acknowledged \(a damaged write-ahead log.*\): restore a backup, or delete .*mark/,
      )
    })
  }

  test('H110 is refused when one bit of its log was flipped', () => {
    for (const share of [0.2, 0.6, 0.95]) {
      const image = imageOf(killed)
      const bytes = readFileSync(wal(image))
      const position = Math.floor(bytes.length * share)
      bytes[position] = (bytes[position] ?? 0) ^ 4
      writeFileSync(wal(image), bytes)
      expect(() => openSqlite(image)).toThrow(/has lost/)
    }
  })

  test('H110 is opened without its mark, on the word of the operator', async () => {
    const image = imageOf(killed)
    truncateSync(wal(image), Math.floor(walBytes / 2))
    expect(() => openSqlite(image)).toThrow(/delete .*mark/)
    rmSync(join(image, 'pulse.db.mark'))
    const left = await stored(image)
    expect(left.length).toBeGreaterThan(0)
    expect(left).toEqual(firstTasks(left.length))
  })

  test('H111 a torn log reopens to exactly the commits before the tear', async () => {
    const lengths = new Set<number>()
    let last = -1
    for (let cut = 0; cut <= 40; cut++) {
      const image = imageOf(killed)
      rmSync(join(image, 'pulse.db.mark'))
      truncateSync(wal(image), Math.floor((walBytes * cut) / 40) - (cut % 3))
      const left = await stored(image)
      expect(left).toEqual(firstTasks(left.length))
      expect(left.length).toBeGreaterThanOrEqual(last)
      last = left.length
      lengths.add(last)
      const db = new DatabaseSync(join(image, 'pulse.db'), { readOnly: true })
      expect(db.prepare('PRAGMA integrity_check').all()).toEqual([{ integrity_check: 'ok' }])
      expect(db.prepare(`SELECT coalesce(sum(count), 0) AS count FROM counter`).get()).toEqual({ count: last })
      db.close()
      rmSync(image, { recursive: true })
    }
    expect(lengths.size).toBeGreaterThan(20)
  })
})

describe('the mark beside the file', () => {
  test('H110 catches an older copy of the file put in its place', async () => {
    const folder = tempFolder()
    const first = openSqlite(folder)
    await submitted(first)
    first.close()
    const older = imageOf(folder)
    const second = openSqlite(folder)
    await submitted(second)
    second.close()
    cpSync(join(older, 'pulse.db'), join(folder, 'pulse.db'))
    expect(() => openSqlite(folder)).toThrow(/has lost 1 of 2 commits/)
  })

  test('H110 H112 catches a file that was copied without its log', async () => {
    const folder = tempFolder()
    const backend = openSqlite(folder)
    await submitted(backend)
    backend.mark()
    const image = imageOf(folder)
    rmSync(join(image, 'pulse.db-wal'))
    for (let time = 0; time < 3; time++) expect(() => openSqlite(image)).toThrow(/has lost 1 of 1 commits/)
  })

  test('H110 is replaced whole: a crash leaves the old one or the new one', async () => {
    const folder = tempFolder()
    const backend = openSqlite(folder)
    await submitted(backend)
    backend.mark()
    const old = openSync(join(folder, 'pulse.db.mark'), 'r')
    onTestFinished(() => closeSync(old))
    await submitted(backend)
    backend.mark()
    expect(JSON.parse(readFileSync(old, 'utf8'))).toMatchObject({ commits: 1 })
    expect(readMark(join(folder, 'pulse.db.mark'))).toMatchObject({ commits: 2 })
  })

  test('H110 of another file, or a torn one, says nothing', async () => {
    const folder = tempFolder()
    const backend = openSqlite(folder)
    await submitted(backend)
    backend.close()
    const marks = ['{"file":"another","commits":99}', '{"file":"', '', '[]', 'null']
    for (const mark of marks) {
      writeFileSync(join(folder, 'pulse.db.mark'), mark)
      const again = openSqlite(folder)
      expect((await again.tasks.list({ now: 5_000, limit: 9 })).rows, mark).toHaveLength(1)
      again.close()
    }
  })

  test('H110 what was committed after the last mark is the documented window', async () => {
    const folder = tempFolder()
    const backend = openSqlite(folder)
    await submitted(backend)
    backend.mark()
    const early = imageOf(folder)
    await submitted(backend)
    // The log of the moment of the mark, with the mark of then: nobody can tell that a commit followed.
    openSqlite(early).close()
    backend.mark()
    cpSync(join(folder, 'pulse.db.mark'), join(early, 'pulse.db.mark'))
    expect(() => openSqlite(early)).toThrow(/has lost 1 of 2/)
  })
})
