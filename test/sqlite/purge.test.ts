import { describe, expect, test } from 'vitest'
import { cancel, requeue } from '../../shared/core/transitions.ts'
import { inspect, openSqlite, submitted, tempFolder } from '../helpers/backend-folder.ts'
import { at } from '../helpers/clock.ts'

const HOUR = 3_600_000
const line = { at: 1, run: 1, attempt: 1, level: 'info', message: 'm' } as const

async function canceled(backend: ReturnType<typeof openSqlite>, when: number, name = 'send-email') {
  const committed = await backend.tasks.commit(cancel(await submitted(backend, { name }, when - 1_000), when, 'user_9'))
  if (!committed.ok) throw new Error('not canceled')
  return committed.row
}

describe('purge', () => {
  test('removes what has ended longer ago than the retention, with its bodies, its log lines and its count', async () => {
    const folder = tempFolder()
    const backend = openSqlite(folder)
    const old = await canceled(backend, at('10:00:00'))
    const recent = await canceled(backend, at('10:00:00') + 1)
    const waiting = await submitted(backend, {}, at('09:00:00'))
    for (const { id } of [old, recent, waiting]) {
      await backend.blobs.put(id, 'a', '1')
      await backend.logs.append(id, [line, line])
    }
    expect(await backend.purge.step(at('11:00:00') + 1, HOUR)).toEqual([])
    expect(await backend.tasks.read(old.id)).toBeUndefined()
    expect(await backend.blobs.get(old.id, 'a')).toBeUndefined()
    expect(await backend.logs.read(old.id, 9)).toEqual({ lines: [] })
    expect(inspect(folder, 'SELECT DISTINCT task FROM blob UNION ALL SELECT DISTINCT task FROM log')).toHaveLength(4)
    for (const { id } of [recent, waiting]) {
      expect(await backend.tasks.read(id)).toMatchObject({ id })
      expect(await backend.blobs.get(id, 'a')).toBe('1')
    }
    expect(await backend.stats.counts()).toEqual([
      { name: 'send-email', state: 'CANCELED', count: 1 },
      { name: 'send-email', state: 'PENDING', count: 1 },
    ])
  })

  test('H63 H81 leaves a task alone that was requeued while it looked', async () => {
    const backend = openSqlite()
    const old = await canceled(backend, at('10:00:00'))
    const [again] = await Promise.all([
      backend.tasks.commit(requeue(old, at('12:00:00'), 'user_9')),
      backend.purge.step(at('12:00:00'), HOUR),
    ])
    expect(again).toMatchObject({ ok: true })
    expect(await backend.tasks.read(old.id)).toMatchObject({ state: 'PENDING', run: 2 })
    expect(await backend.stats.counts()).toEqual([{ name: 'send-email', state: 'PENDING', count: 1 }])
  })

  test('P8 H81 a requeue of a task that is gone is refused and creates nothing', async () => {
    const backend = openSqlite()
    const old = await canceled(backend, at('10:00:00'))
    await backend.purge.step(at('12:00:00'), HOUR)
    expect(await backend.tasks.commit(requeue(old, at('12:00:01'), 'user_9'))).toEqual({ ok: false, winner: undefined })
    expect(await backend.tasks.read(old.id)).toBeUndefined()
  })

  test('H52 finds waiting tasks that have expired, and not those that run or have ended', async () => {
    const backend = openSqlite()
    const lapsed = await submitted(backend, { expiresAt: at('10:30:00') })
    await submitted(backend, { expiresAt: at('10:30:00') + 1 })
    const running = await submitted(backend, { expiresAt: at('10:10:00') })
    await backend.tasks.commit({ task: running.id, expect: [], set: { state: 'RUNNING', wakeAt: at('10:31:00') } })
    const found = await backend.purge.step(at('10:30:00'), HOUR)
    expect(found.map(({ id }) => id)).toEqual([lapsed.id])
  })

  test('walks over more rows than one step takes, and starts again', async () => {
    const backend = openSqlite()
    await Promise.all(Array.from({ length: 2_300 }, () => canceled(backend, at('10:00:00'))))
    const counted = async () => (await backend.stats.counts()).reduce((sum, { count }) => sum + count, 0)
    const left: number[] = []
    for (let step = 0; step < 4; step++) {
      await backend.purge.step(at('12:00:00'), HOUR)
      left.push(await counted())
    }
    expect(left).toEqual([1_300, 300, 0, 0])
    await canceled(backend, at('10:00:00'))
    await backend.purge.step(at('12:00:00'), HOUR)
    expect(await counted()).toBe(0)
  })

  test('H52 gets past more rows than one step takes that have to stay', async () => {
    const backend = openSqlite()
    await Promise.all(Array.from({ length: 1_200 }, () => submitted(backend, { runAt: at('23:00:00') })))
    const old = await canceled(backend, at('10:00:00'))
    const lapsed = await submitted(backend, { expiresAt: at('10:30:00') })
    expect(await backend.purge.step(at('12:00:00'), HOUR)).toEqual([])
    expect(await backend.tasks.read(old.id)).toBeDefined()
    expect((await backend.purge.step(at('12:00:00'), HOUR)).map(({ id }) => id)).toEqual([lapsed.id])
    expect(await backend.tasks.read(old.id)).toBeUndefined()
  })

  test('forgets throughput older than the retention', async () => {
    const backend = openSqlite()
    await canceled(backend, at('10:00:30'))
    await canceled(backend, at('10:05:30'))
    await backend.purge.step(at('11:02:00'), HOUR)
    expect((await backend.stats.ends(0)).map(({ minute }) => minute)).toEqual([at('10:05:00')])
  })

  test('an idle queue costs the disk nothing', async () => {
    const folder = tempFolder()
    const backend = openSqlite(folder)
    await canceled(backend, at('10:00:30'))
    await backend.purge.step(at('10:30:00'), HOUR)
    const commits = () => inspect(folder, 'SELECT commits FROM epoch')
    const before = commits()
    for (let second = 0; second < 5; second++) await backend.purge.step(at('10:30:01') + second * 1_000, HOUR)
    expect(commits()).toEqual(before)
  })
})
