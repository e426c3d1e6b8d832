import { describe, expect, test } from 'vitest'
import * as z from 'zod'
import { defineTask } from '../../shared/core/definition.ts'
import { at, turns } from '../helpers/clock.ts'
import { admin, alice, openQueue, refusalOf } from '../helpers/engine.ts'

const plain = defineTask({ name: 'plain', run: input => input })
const strict = defineTask({ name: 'strict', input: z.object({ n: z.number() }), run: input => input })
const stuck = defineTask({ name: 'stuck', run: () => new Promise(() => {}) })
const open = async () => {
  const queue = await openQueue([plain, strict, stuck])
  const { row } = await queue.engine.submit(alice, {
    name: 'strict',
    payload: { n: 1 },
    delayMs: 600_000,
    title: 'old',
    tags: { a: 'b' },
    expiresAt: at('11:00:00'),
  })
  return { ...queue, task: row, edit: queue.engine.edit }
}

describe('edit', () => {
  test('changes what was given, removes what is null, and leaves the rest', async () => {
    const { edit, task, clock } = await open()
    await clock.advance(5_000)
    const { row, payload } = await edit(alice, task.id, {
      title: null,
      description: 'new',
      tags: { c: 'd' },
      priority: 1,
      payload: { n: 2 },
    })
    expect(row).toMatchObject({
      description: 'new',
      tags: { c: 'd' },
      priority: 1,
      runAt: task.runAt,
      version: task.version + 1,
    })
    expect(row.title).toBeUndefined()
    expect(payload).toBe('{"n":2}')
    expect(row.history.at(-1)).toMatchObject({
      at: at('10:00:05'),
      to: 'PENDING',
      by: 'alice@laptop',
      why: expect.stringMatching(/^edited .*title.*payload/),
    })
  })

  test('takes the version that it was given for, and refuses another', async () => {
    const { edit, task } = await open()
    const first = await edit(alice, task.id, { title: 'one' }, task.version)
    expect(await refusalOf(edit(alice, task.id, { title: 'two' }, task.version))).toMatchObject({
      code: 'precondition_failed',
      extra: { version: first.row.version },
    })
    expect((await edit(alice, task.id, { title: 'three' }, first.row.version)).row.title).toBe('three')
  })

  test('of two at once with the same version, one is refused', async () => {
    const { edit, task, row } = await open()
    const answers = await Promise.allSettled(['one', 'two'].map(title => edit(alice, task.id, { title }, task.version)))
    expect(answers.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
    expect((await row(task.id)).version).toBe(task.version + 1)
  })

  test('of two at once without a version, both are written', async () => {
    const { edit, task, row } = await open()
    await Promise.all([edit(alice, task.id, { title: 'one' }), edit(alice, task.id, { description: 'two' })])
    expect(await row(task.id)).toMatchObject({ title: 'one', description: 'two', version: task.version + 2 })
  })

  test('an earlier run time is kept to', async () => {
    const { edit, task, clock, row, starts } = await open()
    await edit(alice, task.id, { runAt: at('10:00:30') })
    await clock.advance(29_999)
    expect(starts(task.id)).toEqual([])
    await clock.advance(1)
    expect(await row(task.id)).toMatchObject({ state: 'COMPLETED', startedAt: at('10:00:30') })
  })

  test('a later run time is kept to, and one in the past means now', async () => {
    const { edit, task, clock, starts } = await open()
    await edit(alice, task.id, { runAt: at('10:30:00') })
    await clock.advance(1_799_999)
    expect(starts(task.id)).toEqual([])
    expect((await edit(alice, task.id, { runAt: at('09:00:00') })).row.runAt).toBe(clock.now())
    await turns()
    expect(starts(task.id)).toEqual([1])
  })

  test('H52 a run time that is not before the expiry is refused', async () => {
    const { edit, task } = await open()
    expect(await refusalOf(edit(alice, task.id, { runAt: at('11:00:00') }))).toMatchObject({
      code: 'invalid',
      errors: [{ pointer: '/runAt' }],
    })
    expect((await edit(alice, task.id, { runAt: at('11:00:00') - 1 })).row.runAt).toBe(at('11:00:00') - 1)
  })

  test('a payload is checked as at submit, and a large one is kept', async () => {
    const { edit, task, engine } = await open()
    expect(await refusalOf(edit(alice, task.id, { payload: { n: 'x' } }))).toMatchObject({
      code: 'invalid',
      errors: [{ pointer: '/payload/n' }],
    })
    const { row } = await engine.submit(alice, { name: 'plain', delayMs: 60_000 })
    const large = 'y'.repeat(100_000)
    expect((await edit(alice, row.id, { payload: large })).payload).toBe(JSON.stringify(large))
    expect((await engine.get(alice, row.id)).payload).toBe(JSON.stringify(large))
  })

  test('only a pending task can be edited', async () => {
    const { edit, engine, clock } = await open()
    const { row } = await engine.submit(alice, { name: 'stuck' })
    await clock.advance(1)
    expect(await refusalOf(edit(alice, row.id, { title: 'x' }))).toMatchObject({
      code: 'conflict',
      extra: { currentState: 'RUNNING', allowedActions: ['cancel'] },
    })
    const { row: other } = await engine.submit(alice, { name: 'plain' })
    await clock.advance(1)
    expect(await refusalOf(edit(alice, other.id, { title: 'x' }))).toMatchObject({
      extra: { currentState: 'COMPLETED', allowedActions: ['requeue'] },
    })
  })

  test('H52 a task that has expired with nobody looking is ended first, and refuses', async () => {
    const queue = await openQueue([plain], { running: false })
    const { row } = await queue.engine.submit(alice, { name: 'plain', expiresAt: at('10:00:30') })
    queue.clock.set(at('10:00:30'))
    expect(await refusalOf(queue.engine.edit(alice, row.id, { title: 'x' }))).toMatchObject({
      code: 'conflict',
      extra: { currentState: 'EXPIRED', allowedActions: ['requeue'] },
    })
    expect(await queue.row(row.id)).toMatchObject({ state: 'EXPIRED', finishedAt: at('10:00:30') })
  })

  test('H52 of two who find a task expired at once, one has ended it, and both are refused', async () => {
    const queue = await openQueue([plain], { running: false })
    const { row } = await queue.engine.submit(alice, { name: 'plain', expiresAt: at('10:00:30') })
    queue.clock.set(at('10:00:30'))
    const both = [queue.engine.edit(alice, row.id, { title: 'x' }), queue.engine.edit(admin, row.id, { title: 'y' })]
    const refused = { code: 'conflict', extra: { currentState: 'EXPIRED' } }
    expect(await Promise.all(both.map(refusalOf))).toMatchObject([refused, refused])
    expect(queue.events.filter(({ type }) => type === 'task.expired')).toMatchObject([
      { by: 'alice@laptop', row: { id: row.id, state: 'EXPIRED' } },
    ])
  })
})
