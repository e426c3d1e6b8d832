import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { OpenRefused } from '../../shared/sqlite/open.ts'
import { inspect, kill, openSqlite, spawnChild, tempFolder } from '../helpers/backend-folder.ts'
import { random } from '../helpers/kill-load.ts'

// Layout of a write-ahead log: sqlite.org/fileformat2.html#the_write_ahead_log
const HEADER_BYTES = 32
const FRAME_HEADER_BYTES = 24
const PAGE_BYTES = 8_192
const FRAME_BYTES = FRAME_HEADER_BYTES + PAGE_BYTES

/** In memory where that is possible: what is tested is what the bytes say, not the disk. */
const scratch = existsSync('/dev/shm') ? '/dev/shm' : tmpdir()
const TASKS = 50
const FLIPS = 400
const seed = Number(process.env.E2E_SEED ?? 4_711)

/** What a process left that was killed after so many tasks, one commit each, and after its mark. */
const files = new Map<string, Buffer>()
let wal: Buffer = Buffer.alloc(0)
/** Where in the log each commit is whole. */
let commitEnds: number[] = []

beforeAll(async () => {
  const folder = mkdtempSync(join(tmpdir(), 'pulse-killed-'))
  await kill(await spawnChild(folder, TASKS))
  for (const name of readdirSync(folder)) files.set(name, readFileSync(join(folder, name)))
  rmSync(folder, { recursive: true })
  files.delete('pulse.db-shm')
  wal = files.get('pulse.db-wal') ?? wal
  commitEnds = frameEnds().filter(end => wal.readUInt32BE(end - FRAME_BYTES + 4) > 0)
})

function frameEnds(): number[] {
  const frames = (wal.length - HEADER_BYTES) / FRAME_BYTES
  return Array.from({ length: frames }, (_, index) => HEADER_BYTES + (index + 1) * FRAME_BYTES)
}

/** The folder as it was left, but with another log. */
function restore(folder: string, log: Buffer): void {
  for (const name of readdirSync(folder)) rmSync(join(folder, name))
  for (const [name, bytes] of files) writeFileSync(join(folder, name), name === 'pulse.db-wal' ? log : bytes)
}

/** Numbers of the tasks in a file that opens, or the line in which it is refused. */
async function opened(folder: string): Promise<number[] | string> {
  try {
    const backend = openSqlite(folder)
    const { rows } = await backend.tasks.list({ now: 5_000, limit: 200 })
    backend.close()
    return rows.map(({ title }) => Number(title)).toReversed()
  } catch (error) {
    if (!(error instanceof OpenRefused)) throw error
    expect(error.message).not.toContain('\n')
    return error.message
  }
}

const firstTasks = (count: number) => Array.from({ length: count }, (_, number) => number)

describe('a write-ahead log that was cut', () => {
  test('H110 H111 at every frame boundary, one byte before and one after: the exact commits before it, and a refusal while the mark knows better', {
    timeout: 300_000,
  }, async () => {
    expect(commitEnds.at(-1)).toBe(wal.length)
    const folder = mkdtempSync(join(scratch, 'pulse-cut-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    const cuts = [0, HEADER_BYTES, ...frameEnds()].flatMap(end => [end - 1, end, end + 1])
    const withinLog = cuts.filter(cut => cut >= 0 && cut <= wal.length)
    const lengths = new Set<number>()
    for (const cut of withinLog) {
      const commits = commitEnds.filter(end => end <= cut).length
      const expected = Math.max(0, TASKS - (commitEnds.length - commits))
      restore(folder, wal.subarray(0, cut))
      const found = await opened(folder)
      if (expected === TASKS) {
        expect(found, `cut at ${cut}`).toEqual(firstTasks(TASKS))
        continue
      }
      // The count of commits is of groups: those of the migration are not among them.
      expect(found, `cut at ${cut}`).toContain(
        `has lost ${TASKS - expected} of ${TASKS} commits that were acknowledged`,
      )
      expect(await opened(folder), `cut at ${cut}, opened again`).toBe(found)
      rmSync(join(folder, 'pulse.db.mark'))
      expect(await opened(folder), `cut at ${cut}, without its mark`).toEqual(firstTasks(expected))
      expectSound(folder, expected)
      lengths.add(expected)
    }
    process.stdout.write(`write-ahead log: ${commitEnds.length} commits, ${withinLog.length} cuts\n`)
    expect(lengths.size).toBe(TASKS)
  })

  function expectSound(folder: string, tasks: number): void {
    const db = new DatabaseSync(join(folder, 'pulse.db'), { readOnly: true })
    expect(db.prepare('PRAGMA integrity_check').all()).toEqual([{ integrity_check: 'ok' }])
    expect(db.prepare('SELECT coalesce(sum(count), 0) AS count FROM counter').get()).toEqual({ count: tasks })
    db.close()
  }
})

describe('a write-ahead log with one bit flipped', () => {
  const chance = random(seed)
  const folder = mkdtempSync(join(scratch, 'pulse-flipped-'))
  afterAll(() => rmSync(folder, { recursive: true }))

  test(`H110 nothing is lost without a word: ${FLIPS} places`, { timeout: 300_000 }, async () => {
    let refused = 0
    for (let flip = 0; flip < FLIPS; flip++) {
      // Every eighth one in a header, which is a three-hundredth of the log.
      const position = flip % 8 === 0 ? headerByte() : Math.floor(chance() * wal.length)
      const bit = Math.floor(chance() * 8)
      const log = Buffer.from(wal)
      log[position] = (log[position] ?? 0) ^ (1 << bit)
      restore(folder, log)
      const found = await opened(folder)
      if (typeof found === 'string') {
        refused++
        expect(found, `seed ${seed}, byte ${position}, bit ${bit}`).toMatch(
          /has lost \d+ of 50 commits|cannot be opened/,
        )
      } else expect(found, `seed ${seed}, byte ${position}, bit ${bit}`).toEqual(firstTasks(TASKS))
    }
    process.stdout.write(`bit flips: ${FLIPS} (seed ${seed}), ${refused} refused, ${FLIPS - refused} harmless\n`)
    expect(refused).toBeGreaterThan(FLIPS / 2)
  })

  function headerByte(): number {
    const frame = Math.floor(chance() * (frameEnds().length + 1))
    if (frame === 0) return Math.floor(chance() * HEADER_BYTES)
    return HEADER_BYTES + (frame - 1) * FRAME_BYTES + Math.floor(chance() * FRAME_HEADER_BYTES)
  }
})

test('H111 the log of the killed process, whole, opens with every task', async () => {
  const folder = tempFolder()
  restore(folder, wal)
  expect(await opened(folder)).toEqual(firstTasks(TASKS))
  expect(inspect(folder, 'PRAGMA integrity_check')).toEqual([{ integrity_check: 'ok' }])
})
