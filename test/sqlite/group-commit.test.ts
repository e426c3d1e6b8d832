import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { describe, expect, test } from 'vitest'
import { claim, submit } from '../../shared/core/transitions.ts'
import { StoreUnavailable } from '../../shared/ports/store-unavailable.ts'
import { createGroupCommit, type GroupHooks } from '../../shared/sqlite/group-commit.ts'
import { aTask, inspect, openSqlite, submitted, tempFolder } from '../helpers/backend-folder.ts'
import { at } from '../helpers/clock.ts'

const commits = (folder: string) => Number(inspect(folder, 'SELECT commits FROM epoch')[0]?.commits)

describe('commits that arrive together', () => {
  test('H107 share one transaction', async () => {
    const folder = tempFolder()
    const backend = openSqlite(folder)
    const before = commits(folder)
    await Promise.all(Array.from({ length: 200 }, () => submitted(backend)))
    expect(commits(folder) - before).toBe(1)
    for (let each = 0; each < 3; each++) await submitted(backend)
    expect(commits(folder) - before).toBe(4)
  })

  test('of every kind share it: a row, a body, log lines, a pause', async () => {
    const folder = tempFolder()
    const backend = openSqlite(folder)
    const before = commits(folder)
    await Promise.all([
      submitted(backend),
      backend.blobs.put('task-1', 'a', '1'),
      backend.logs.append('task-1', [{ at: 1, run: 1, attempt: 1, level: 'info', message: 'm' }]),
      backend.dispatch.put({ selector: { kind: 'all' }, reason: 'r', actor: 'a', since: 1 }),
    ])
    expect(commits(folder) - before).toBe(1)
  })

  test('H107 are answered once they are in the file, not before', async () => {
    const folder = tempFolder()
    const backend = openSqlite(folder)
    const answered = submitted(backend)
    expect(inspect(folder, 'SELECT id FROM task')).toEqual([])
    const { id } = await answered
    expect(inspect(folder, 'SELECT id FROM task')).toEqual([{ id }])
  })

  test('see the writes of those before them in the group', async () => {
    const backend = openSqlite()
    const row = submit(aTask(), at('10:00:01'))
    const lease = (token: string) => ({ task: row.task, token, endsAt: at('10:00:31') })
    const hint = { task: row.task, name: 'send-email', messageId: 'm' }
    const answers = await Promise.all([
      backend.tasks.commit(row),
      backend.tasks.commit(claim(hint, lease('A'), at('10:00:02'))),
      backend.tasks.commit(claim(hint, lease('B'), at('10:00:03'))),
    ])
    expect(answers.map(({ ok }) => ok)).toEqual([true, true, false])
  })

  test('one bad write fails alone', async () => {
    const folder = tempFolder()
    const backend = openSqlite(folder)
    const bad = submit(aTask({ priority: 'urgent' as never }), at('10:00:02'))
    const [first, refused, second] = await Promise.allSettled([
      submitted(backend),
      backend.tasks.commit(bad),
      submitted(backend),
    ])
    expect([first.status, refused.status, second.status]).toEqual(['fulfilled', 'rejected', 'fulfilled'])
    expect((refused as PromiseRejectedResult).reason).not.toBeInstanceOf(StoreUnavailable)
    expect(inspect(folder, 'SELECT count(*) AS count FROM task')).toEqual([{ count: 2 }])
    expect(await backend.stats.counts()).toEqual([{ name: 'send-email', state: 'PENDING', count: 2 }])
    expect(commits(folder)).toBe(1)
  })

  test('log lines of which one cannot be written leave none behind', async () => {
    const backend = openSqlite()
    const line = { at: 1, run: 1, attempt: 1, level: 'info', message: 'm' } as const
    await expect(backend.logs.append('task-1', [line, { ...line, fields: { n: 1n } }])).rejects.toThrow(TypeError)
    expect(await backend.logs.read('task-1', 9)).toEqual({ lines: [] })
  })

  test('more of them than a group may hold are all answered', async () => {
    const folder = tempFolder()
    const backend = openSqlite(folder)
    const before = commits(folder)
    const rows = await Promise.all(Array.from({ length: 2_500 }, () => submitted(backend)))
    expect(new Set(rows.map(({ id }) => id)).size).toBe(2_500)
    expect(commits(folder) - before).toBe(3)
  })

  test('those still waiting when the file is closed are written, more than one group of them', async () => {
    const folder = tempFolder()
    const backend = openSqlite(folder)
    const waiting = Promise.all(Array.from({ length: 2_500 }, () => submitted(backend)))
    backend.close()
    expect(await waiting).toHaveLength(2_500)
    expect(inspect(folder, 'SELECT count(*) AS count FROM task')).toEqual([{ count: 2_500 }])
  })
})

/** A database whose statements of one text fail as SQLite's do. */
class FailingDatabase extends DatabaseSync {
  failing: { readonly text: string; readonly errcode: number } | undefined

  override prepare(text: string): StatementSync {
    const statement = super.prepare(text)
    const { run } = statement
    const failing = (...values: unknown[]) => {
      if (this.failing?.text === text)
        throw Object.assign(new Error('as SQLite would'), { errcode: this.failing.errcode })
      return Reflect.apply(run, statement, values)
    }
    return Object.assign(statement, { run: failing })
  }
}

describe('a group that cannot be committed', () => {
  function aGroup() {
    const db = new FailingDatabase(':memory:')
    db.exec('CREATE TABLE line (text TEXT) STRICT')
    const insert = db.prepare('INSERT INTO line VALUES (?)')
    const seen: string[] = []
    const hooks: GroupHooks = {
      beforeCommit: () => void seen.push('beforeCommit'),
      committed: () => void seen.push('committed'),
      rolledBack: () => void seen.push('rolledBack'),
      failed: () => void seen.push('failed'),
    }
    const group = createGroupCommit(db, hooks)
    const add = (text: string) => group.add(() => insert.run(text).changes)
    const lines = () => db.prepare('SELECT text FROM line').all()
    return { db, seen, group, add, lines }
  }
  const errors = {
    'H109 a full disk': { text: 'COMMIT', errcode: 13, fatal: false },
    'H109 a file that another program holds': { text: 'BEGIN IMMEDIATE', errcode: 5, fatal: false },
    'H109 an input or output error': { text: 'COMMIT', errcode: 10 | (3 << 8), fatal: false },
    'H109 a failed fsync': { text: 'COMMIT', errcode: 10 | (4 << 8), fatal: true },
    'H109 a failed fsync of the folder': { text: 'COMMIT', errcode: 10 | (5 << 8), fatal: true },
    'H109 an outage in the middle of the group': { text: 'INSERT INTO line VALUES (?)', errcode: 13, fatal: false },
    'H109 a damaged file': { text: 'INSERT INTO line VALUES (?)', errcode: 11, fatal: true },
  }

  for (const [name, { fatal, ...failing }] of Object.entries(errors)) {
    test(`${name}: nobody is acknowledged, nothing is half-written${fatal ? ', and the process has to end' : ''}`, async () => {
      const { db, seen, add, lines } = aGroup()
      db.failing = failing
      const answers = await Promise.allSettled(['a', 'b', 'c'].map(add))
      for (const answer of answers) expect((answer as PromiseRejectedResult).reason).toBeInstanceOf(StoreUnavailable)
      expect(lines()).toEqual([])
      expect(seen.filter(event => event !== 'beforeCommit')).toEqual(fatal ? ['rolledBack', 'failed'] : ['rolledBack'])
      db.failing = undefined
      expect(await add('d')).toBe(1)
      expect(lines()).toEqual([{ text: 'd' }])
    })
  }

  test('because SQLite itself has ended its transaction: none of it is written, not even what comes after', async () => {
    const { db, seen, add, group, lines } = aGroup()
    db.exec('CREATE TABLE once (number INTEGER PRIMARY KEY ON CONFLICT ROLLBACK) STRICT; INSERT INTO once VALUES (1)')
    const twice = db.prepare('INSERT INTO once VALUES (1)')
    const answers = await Promise.allSettled([add('a'), group.add(() => twice.run()), add('c')])
    for (const answer of answers) expect((answer as PromiseRejectedResult).reason).toBeInstanceOf(StoreUnavailable)
    expect(lines()).toEqual([])
    expect(seen).toEqual(['rolledBack'])
  })
})
