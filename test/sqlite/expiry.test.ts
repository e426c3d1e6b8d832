import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, test } from 'vitest'
import type { LimitRule } from '../../shared/core/rate-limit.ts'
import type { RecordWrite } from '../../shared/ports/record-store.ts'
import { imageOf, inspect, openSqlite, submitted, tempFolder } from '../helpers/backend-folder.ts'
import { at } from '../helpers/clock.ts'

const rule: LimitRule = { limit: 60, windowMs: 3_600_000 }
const start = at('10:00:00')
const MINUTE_MS = 60_000

function record(sort: string, expiresAt?: number): RecordWrite {
  return {
    key: { partition: 'sessions', sort },
    expect: 'absent',
    value: sort,
    ...(expiresAt !== undefined && { expiresAt }),
  }
}

const commitsOf = (folder: string) => inspect(folder, 'SELECT commits FROM epoch')[0]?.commits
const bucketsOf = (folder: string) => inspect(folder, 'SELECT key, fullAt FROM bucket ORDER BY key')

describe('records whose time is over', () => {
  test('H81 are removed by the next step, the others stay', async () => {
    const backend = openSqlite()
    await backend.records.write([record('over', start), record('not yet', start + 1), record('never')])
    await backend.expiry.step(start)
    const { records } = await backend.records.list({ partition: 'sessions', limit: 9 })
    expect(records.map(({ key: { sort } }) => sort)).toEqual(['never', 'not yet'])
  })

  test('H81 and that were given more time while the step looked stay', async () => {
    const backend = openSqlite()
    await backend.records.write([record('over', start)])
    const longer = { ...record('over', start + 5_000), expect: 1 }
    const [written] = await Promise.all([backend.records.write([longer]), backend.expiry.step(start)])
    expect(written).toBe(true)
    expect(await backend.records.read(longer.key)).toMatchObject({ version: 2, expiresAt: start + 5_000 })
  })

  test('are removed a thousand at a time', async () => {
    const folder = tempFolder()
    const backend = openSqlite(folder)
    const left = () => inspect(folder, 'SELECT count(*) AS count FROM record')[0]?.count
    await Promise.all(Array.from({ length: 1_200 }, (_, index) => backend.records.write([record(`${index}`, start)])))
    await backend.expiry.step(start)
    expect(left()).toBe(200)
    await backend.expiry.step(start)
    expect(left()).toBe(0)
  })
})

describe('what limits were asked for', () => {
  test('SEC-24 is durable with whatever was written after it', async () => {
    const folder = tempFolder()
    const backend = openSqlite(folder)
    await backend.limits.take('ada', rule, 59, start)
    await submitted(backend)
    const image = openSqlite(imageOf(folder))
    expect(await image.limits.take('ada', rule, 2, start)).toMatchObject({ allowed: false })
    expect(await image.limits.take('ada', rule, 1, start)).toMatchObject({ allowed: true })
  })

  test('SEC-24 is written by the next step when nothing else was', async () => {
    const folder = tempFolder()
    const backend = openSqlite(folder)
    await backend.limits.take('ada', rule, 60, start)
    expect(bucketsOf(folder)).toEqual([])
    await backend.expiry.step(start + 1_000)
    expect(bucketsOf(folder)).toEqual([{ key: 'ada', fullAt: start + 60 * MINUTE_MS }])
    await backend.limits.giveBack('ada', rule, 59, start + 1_000)
    await backend.expiry.step(start + 2_000)
    expect(bucketsOf(folder)).toEqual([{ key: 'ada', fullAt: start + MINUTE_MS }])
  })

  test('costs no commit of its own: takes, refusals and full buckets', async () => {
    const folder = tempFolder()
    const backend = openSqlite(folder)
    await backend.limits.take('ada', rule, 60, start)
    await backend.expiry.step(start)
    const before = commitsOf(folder)
    for (let index = 0; index < 50; index++) await backend.limits.take('ada', rule, 1, start + index)
    await backend.limits.take('bob', rule, 1, start)
    await backend.expiry.step(start + MINUTE_MS)
    expect(commitsOf(folder)).toBe(before)
  })

  test('is written though it is of full buckets when those are many: it waits in memory', async () => {
    const folder = tempFolder()
    const backend = openSqlite(folder)
    for (let index = 0; index < 10_000; index++) await backend.limits.take(`user ${index}`, rule, 1, start)
    await backend.expiry.step(start + MINUTE_MS)
    expect(bucketsOf(folder)).toHaveLength(0)
    await backend.limits.take('one more', rule, 1, start)
    await backend.expiry.step(start + MINUTE_MS)
    expect(bucketsOf(folder)).toHaveLength(10_001)
  })

  test('that no column holds is a mistake of the program, and in nobody else’s way', async () => {
    const backend = openSqlite()
    await expect(backend.limits.take('ada', rule, 1.000001, start)).rejects.toThrow(TypeError)
    await submitted(backend)
    expect(await backend.limits.take('ada', rule, 60, start)).toMatchObject({ allowed: true })
  })

  test('is written when the file is closed', async () => {
    const folder = tempFolder()
    const backend = openSqlite(folder)
    await backend.limits.take('ada', rule, 60, start)
    backend.close()
    expect(bucketsOf(folder)).toEqual([{ key: 'ada', fullAt: start + 60 * MINUTE_MS }])
  })

  test('is kept when the transaction that it was to go with is rolled back', async () => {
    const folder = tempFolder()
    const backend = openSqlite(folder)
    await backend.limits.take('ada', rule, 60, start)
    const other = new DatabaseSync(join(folder, 'pulse.db'))
    other.exec('BEGIN IMMEDIATE')
    await expect(submitted(backend)).rejects.toThrow(/another program holds the file/)
    expect(await backend.limits.take('ada', rule, 1, start)).toMatchObject({ allowed: false })
    other.close()
    await submitted(backend)
    expect(bucketsOf(folder)).toEqual([{ key: 'ada', fullAt: start + 60 * MINUTE_MS }])
  })
})

describe('buckets', () => {
  test('go when they have been full for a minute', async () => {
    const folder = tempFolder()
    const backend = openSqlite(folder)
    await backend.limits.take('ada', rule, 1, start)
    await backend.limits.take('bob', rule, 2, start)
    await backend.expiry.step(start)
    expect(bucketsOf(folder)).toHaveLength(2)
    await backend.expiry.step(start + 2 * MINUTE_MS - 1)
    expect(bucketsOf(folder)).toHaveLength(2)
    await backend.expiry.step(start + 2 * MINUTE_MS)
    expect(bucketsOf(folder)).toEqual([{ key: 'bob', fullAt: start + 2 * MINUTE_MS }])
  })

  test('SEC-24 that somebody takes from in the same moment stay', async () => {
    const folder = tempFolder()
    const backend = openSqlite(folder)
    await backend.limits.take('ada', rule, 1, start)
    await backend.expiry.step(start)
    const later = start + 2 * MINUTE_MS
    await Promise.all([backend.expiry.step(later), backend.limits.take('ada', rule, 60, later)])
    expect(await backend.limits.take('ada', rule, 1, later)).toMatchObject({ allowed: false })
    await backend.expiry.step(later)
    expect(bucketsOf(folder)).toEqual([{ key: 'ada', fullAt: later + 60 * MINUTE_MS }])
  })

  test('SEC-24 that somebody took from in a group between the look and the removal stay', async () => {
    const folder = tempFolder()
    const backend = openSqlite(folder)
    await backend.limits.take('ada', rule, 1, start)
    await backend.expiry.step(start)
    const later = start + 2 * MINUTE_MS
    // A group of their own, which takes the take along.
    const writes = Array.from({ length: 1_000 }, () => submitted(backend))
    const step = backend.expiry.step(later)
    await backend.limits.take('ada', rule, 60, later)
    await Promise.all([...writes, step])
    expect(bucketsOf(folder)).toEqual([{ key: 'ada', fullAt: later + 60 * MINUTE_MS }])
  })

  test('are walked over a thousand at a time, again and again, past those that are in use', async () => {
    const folder = tempFolder()
    const backend = openSqlite(folder)
    const left: number[] = []
    const step = async (now: number) => {
      await backend.expiry.step(now)
      left.push(bucketsOf(folder).length)
    }
    for (let index = 0; index < 1_200; index++) await backend.limits.take(`busy ${index}`, rule, 60, start)
    for (let index = 0; index < 1_100; index++) await backend.limits.take(`idle ${index}`, rule, 1, start)
    await submitted(backend)
    for (let times = 0; times < 3; times++) await step(start + 3 * MINUTE_MS)
    await backend.limits.take('idle again', rule, 1, start + 3 * MINUTE_MS)
    await step(start + 3 * MINUTE_MS)
    await step(start + 6 * MINUTE_MS)
    expect(left).toEqual([2_300, 1_500, 1_200, 1_201, 1_200])
  })
})

test('a step that finds nothing costs the disk nothing', async () => {
  const folder = tempFolder()
  const backend = openSqlite(folder)
  await backend.records.write([record('kept', start + 3_600_000), record('for ever')])
  await backend.limits.take('ada', rule, 30, start)
  await backend.expiry.step(start)
  const before = commitsOf(folder)
  for (let second = 0; second < 5; second++) await backend.expiry.step(start + second * 1_000)
  expect(commitsOf(folder)).toBe(before)
})
