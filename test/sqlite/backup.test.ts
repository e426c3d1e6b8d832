import { mkdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { cancel } from '../../shared/core/transitions.ts'
import { backupFile } from '../../shared/sqlite/backup.ts'
import { inspect, openSqlite, startChild, submitted, tempFolder } from '../helpers/backend-folder.ts'

function newFolder(): string {
  const folder = join(tempFolder(), 'copy')
  mkdirSync(folder)
  return folder
}

test('H112 a backup taken while tasks are written holds every task acknowledged before it began, and is whole', async () => {
  const folder = tempFolder()
  const backend = openSqlite(folder)
  const before = await Promise.all(
    Array.from({ length: 300 }, (_, index) => submitted(backend, { payload: JSON.stringify('x'.repeat(index * 10)) })),
  )
  const copy = newFolder()
  let running = true
  const writing = (async () => {
    for (let count = 0; running || count < 20; count++) {
      const row = await submitted(backend, { title: `during ${count}` })
      if (count % 2) await backend.tasks.commit(cancel(row, 1, 'user_9'))
    }
  })()
  await backupFile(join(folder, 'pulse.db'), join(copy, 'pulse.db'))
  running = false
  await writing

  expect(inspect(copy, 'PRAGMA integrity_check')).toEqual([{ integrity_check: 'ok' }])
  const stored = new Set(inspect(copy, 'SELECT id FROM task').map(({ id }) => id))
  for (const { id } of before) expect(stored.has(id)).toBe(true)
  const counted = inspect(copy, 'SELECT state, count FROM counter WHERE count <> 0 ORDER BY state')
  expect(counted).toEqual(inspect(copy, 'SELECT state, count(*) AS count FROM task GROUP BY state ORDER BY state'))
})

test('H108 H112 a backup can be taken of a file that another process serves, log included', async () => {
  const folder = tempFolder()
  await startChild(folder, 25)
  const copy = newFolder()
  await backupFile(join(folder, 'pulse.db'), join(copy, 'pulse.db'))
  expect(statSync(join(copy, 'pulse.db')).mode & 0o777).toBe(0o600)
  const restored = openSqlite(copy)
  expect((await restored.tasks.list({ now: 5_000, limit: 200 })).rows).toHaveLength(25)
})
