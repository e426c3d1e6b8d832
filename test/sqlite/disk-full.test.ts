import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { claim, submit } from '../../shared/core/transitions.ts'
import { StoreUnavailable } from '../../shared/ports/store-unavailable.ts'
import { aTask, inspect, openSqlite, smallDisk, submitted } from '../helpers/backend-folder.ts'
import { at } from '../helpers/clock.ts'

test('H109 on a full disk no submit is acknowledged, none is half-written, and the queue goes on when there is room', async context => {
  const disk = smallDisk(6_000)
  if ('reason' in disk) return context.skip(disk.reason)
  const filler = join(disk.folder, 'filler')
  writeFileSync(filler, Buffer.alloc(2_000_000))
  const failures: unknown[] = []
  const backend = openSqlite(disk.folder, { failed: error => failures.push(error) })
  const known = await submitted(backend, { title: 'known' })
  const acknowledged = new Set([known.id])
  const refused = new Set<string>()

  const payload = JSON.stringify('x'.repeat(3_000))
  for (let round = 0; round < 200 && refused.size === 0; round++) {
    const tasks = Array.from({ length: 20 }, () => aTask({ payload, priority: 2 }, at('10:00:05')))
    const answers = await Promise.allSettled([
      ...tasks.map(task => backend.tasks.commit(submit(task, at('10:00:05')))),
      // A write to a row that is known in memory shares the fate of its group.
      backend.tasks.commit({ task: known.id, expect: [], set: { title: `round ${round}` } }),
    ])
    // All of a group or none of it.
    expect(new Set(answers.map(({ status }) => status)).size).toBe(1)
    const into = answers[0]?.status === 'fulfilled' ? acknowledged : refused
    for (const { id } of tasks) into.add(id)
    for (const answer of answers)
      if (answer.status === 'rejected') expect(answer.reason).toBeInstanceOf(StoreUnavailable)
    if (answers[0]?.status === 'rejected')
      expect((await backend.tasks.read(known.id))?.title).not.toBe(`round ${round}`)
  }
  expect(refused.size).toBe(20)

  const stored = () => new Set(inspect(disk.folder, 'SELECT id FROM task').map(({ id }) => String(id)))
  expect(stored()).toEqual(acknowledged)
  for (const id of refused) expect(await backend.tasks.read(id)).toBeUndefined()
  expect(await backend.stats.counts()).toEqual([{ name: 'send-email', state: 'PENDING', count: acknowledged.size }])
  expect(failures).toEqual([])

  rmSync(filler)
  const later = await submitted(backend)
  const claimed = claim(
    { task: known.id, name: 'send-email', messageId: 'm' },
    { task: known.id, token: 'A', endsAt: at('10:00:50') },
    at('10:00:20'),
  )
  expect(await backend.tasks.commit(claimed)).toMatchObject({ ok: true, row: { attempt: 1 } })
  // What the lost groups would have counted is forgotten with them.
  expect((await backend.stats.counts()).map(({ state, count }) => [state, count])).toEqual([
    ['PENDING', acknowledged.size],
    ['RUNNING', 1],
  ])
  backend.close()
  expect(stored()).toEqual(acknowledged.add(later.id))
  expect(inspect(disk.folder, 'PRAGMA integrity_check')).toEqual([{ integrity_check: 'ok' }])
})

test('H108 H109 a file that is closed on a full disk lets go of its lock', async context => {
  const disk = smallDisk(6_000)
  if ('reason' in disk) return context.skip(disk.reason)
  const backend = openSqlite(disk.folder)
  await submitted(backend)
  const filler = join(disk.folder, 'filler')
  expect(() => writeFileSync(filler, Buffer.alloc(8_000_000))).toThrow('ENOSPC')
  try {
    backend.close()
  } catch {
    // The mark could not be written; that is no reason to keep the file.
  }
  rmSync(filler)
  const again = openSqlite(disk.folder)
  expect((await again.tasks.list({ now: at('10:00:00'), limit: 5 })).rows).toHaveLength(1)
})
