import { describe, expect, test } from 'vitest'
import { openGate } from '../../shared/core/dispatch.ts'
import { claim, complete } from '../../shared/core/transitions.ts'
import { openSqlite, submitted } from '../helpers/backend-folder.ts'
import { openLanes } from '../helpers/backend-lanes.ts'
import { at } from '../helpers/clock.ts'

describe('rows that are being worked on', () => {
  test('are read once, when they are received: neither claim nor settle reads again', () => {
    const { db, rows, ...lanes } = openLanes()
    const task = lanes.add()
    const [hint] = lanes.receive(1, openGate, at('10:00:01'))
    const found = rows.find(task.id)
    expect(found?.row).toEqual(task)
    expect(rows.find(task.id)).toBe(found)
    expect(hint?.task).toBe(task.id)
    expect(db.rows).toBe(1)
  })

  test('H109 are forgotten when a transaction is rolled back', () => {
    const { db, rows, ...lanes } = openLanes()
    const task = lanes.add()
    const change = claim(
      { task: task.id, name: task.name, messageId: 'm' },
      { task: task.id, token: 'A', endsAt: at('10:00:31') },
      at('10:00:01'),
    )
    db.exec('BEGIN')
    const stored = rows.find(task.id)
    if (stored) rows.update(stored, change)
    expect(rows.find(task.id)?.row).toMatchObject({ state: 'RUNNING', leaseToken: 'A' })
    db.exec('ROLLBACK')
    rows.forgetAll()
    expect(rows.find(task.id)?.row).toEqual(task)
  })

  test('are kept in a bounded number, and read from the file beyond it', () => {
    const { db, rows, ...lanes } = openLanes()
    lanes.addMany(2_500, index => ({ runAt: at('10:00:00') + index }))
    const hints = lanes.receive(2_500, openGate, at('11:00:00'))
    const before = db.prepare('SELECT count(*) AS count FROM task WHERE state = ?').get('PENDING')
    expect(before).toEqual({ count: 2_500 })
    for (const { task } of hints) expect(rows.find(task)?.row.id).toBe(task)
    const first = rows.find(hints[0]?.task ?? '')
    expect(rows.find(hints[0]?.task ?? '')).not.toBe(first)
    const last = rows.find(hints.at(-1)?.task ?? '')
    expect(rows.find(hints.at(-1)?.task ?? '')).toBe(last)
  })

  test('a field that no row has is refused, not built into a statement', async () => {
    const backend = openSqlite()
    const { id } = await submitted(backend)
    const set = { 'title" = "x", "owner': 'mallory' } as never
    await expect(backend.tasks.commit({ task: id, expect: [], set })).rejects.toThrow(TypeError)
    expect(await backend.tasks.read(id)).toMatchObject({ owner: 'user_3' })
  })

  test('after the end of a task its row is what the file holds', async () => {
    const backend = openSqlite()
    const { id } = await submitted(backend)
    const lease = { task: id, token: 'A', endsAt: at('10:00:31') }
    await backend.tasks.commit(claim({ task: id, name: 'send-email', messageId: 'm' }, lease, at('10:00:01')))
    await backend.tasks.commit(complete(lease, 1, { text: '"done"' }, at('10:00:03')))
    const first = await backend.tasks.read(id)
    expect(first).toMatchObject({ state: 'COMPLETED', result: '"done"', finishedAt: at('10:00:03') })
    expect(await backend.tasks.read(id)).not.toBe(first)
  })
})
