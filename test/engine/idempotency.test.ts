import { describe, expect, test } from 'vitest'
import { defineTask } from '../../shared/core/definition.ts'
import { at } from '../helpers/clock.ts'
import { alice, bob, openQueue, refusalOf } from '../helpers/engine.ts'
import { isSubmit, openStore } from '../helpers/engine-workers.ts'

const plain = defineTask({ name: 'plain', run: input => input })
const idle = () => openQueue([plain], { running: false })

describe('a submit with an Idempotency-Key', () => {
  test('P8 that is repeated answers with the task as it is now', async () => {
    const { engine, clock, backend } = await openQueue([plain])
    const first = await engine.submit(alice, { name: 'plain', payload: { a: 1, b: 2 } }, 'key-1')
    await clock.advance(7)
    const second = await engine.submit(alice, { name: 'plain', payload: { b: 2, a: 1 } }, 'key-1')
    expect(second).toMatchObject({
      replayed: true,
      row: { id: first.row.id, state: 'COMPLETED', createdAt: at('10:00:00') },
    })
    expect(await backend.stats.counts()).toEqual([{ name: 'plain', state: 'COMPLETED', count: 1 }])
  })

  const others = {
    'another payload': { name: 'plain', payload: 2 },
    'another priority': { name: 'plain', payload: 1, priority: 2 },
    'a title more': { name: 'plain', payload: 1, title: 'x' },
  } as const
  for (const [what, request] of Object.entries(others)) {
    test(`P8 H80 that was used with ${what} is refused, and changes nothing`, async () => {
      const { engine, row } = await idle()
      const first = await engine.submit(alice, { name: 'plain', payload: 1 }, 'key-1')
      expect(await refusalOf(engine.submit(alice, request, 'key-1'))).toMatchObject({
        code: 'idempotency_key_reused',
        errors: [{ pointer: 'Idempotency-Key' }],
      })
      expect(await row(first.row.id)).toEqual(first.row)
    })
  }

  test('H80 a retry from another trace is still the same request', async () => {
    const { engine } = await idle()
    await engine.submit(alice, { name: 'plain', traceparent: '00-1-2-01' }, 'key-1')
    expect(await engine.submit(alice, { name: 'plain', traceparent: '00-3-4-01' }, 'key-1')).toMatchObject({
      replayed: true,
    })
  })

  test('P8 H79 two at once make one task, and neither is refused', async () => {
    const { engine, backend } = await idle()
    const answers = await Promise.all([1, 2, 3].map(() => engine.submit(alice, { name: 'plain', payload: 1 }, 'key-1')))
    expect(new Set(answers.map(({ row }) => row.id)).size).toBe(1)
    expect(answers.filter(({ replayed }) => !replayed)).toHaveLength(1)
    expect(await backend.stats.counts()).toEqual([{ name: 'plain', state: 'PENDING', count: 1 }])
  })

  test('SEC-21 is a key of its owner: another has the same one for another task', async () => {
    const { engine } = await idle()
    const [mine, theirs] = await Promise.all(
      [alice, bob].map(actor => engine.submit(actor, { name: 'plain', title: actor.owner }, 'key-1')),
    )
    expect(mine?.row.id).not.toBe(theirs?.row.id)
    expect(theirs).toMatchObject({ replayed: false, row: { owner: 'bob', title: 'bob' } })
  })

  test('SEC-21 owner and key do not run into each other', async () => {
    const { engine } = await idle()
    const actors = [
      { ...alice, owner: 'a' },
      { ...alice, owner: 'a:b' },
    ] as const
    const [first, second] = await Promise.all([
      engine.submit(actors[0], { name: 'plain' }, 'b:c'),
      engine.submit(actors[1], { name: 'plain' }, 'c'),
    ])
    expect(first.row.id).not.toBe(second.row.id)
  })

  test('H1 H20 a repeat of a delayed submit keeps its time, and an edit may still bring it forward', async () => {
    const queue = await openQueue([plain])
    const { row } = await queue.engine.submit(alice, { name: 'plain', delayMs: 3_600_000 }, 'key-1')
    await queue.engine.submit(alice, { name: 'plain', delayMs: 3_600_000 }, 'key-1')
    await queue.clock.advance(60_000)
    expect((await queue.row(row.id)).state).toBe('PENDING')
    await queue.engine.edit(alice, row.id, { runAt: at('10:02:00') })
    await queue.clock.advance(60_000)
    expect((await queue.row(row.id)).state).toBe('COMPLETED')
  })
})

describe('a key', () => {
  const HOUR = 3_600_000

  test('H82 P8 lives as long as its task, however long that waits', async () => {
    const queue = await openQueue([plain], { retentionMs: 24 * HOUR })
    const request = { name: 'plain', delayMs: 60 * 24 * HOUR }
    const { row } = await queue.engine.submit(alice, request, 'key-1')
    queue.clock.set(at('10:00:00') + 59 * 24 * HOUR)
    await queue.clock.advance(5_000)
    expect(await queue.engine.submit(alice, request, 'key-1')).toMatchObject({
      replayed: true,
      row: { id: row.id, runAt: row.runAt },
    })
  })

  test('H84 of a refused request is still free for the right one', async () => {
    const { engine } = await idle()
    expect(await refusalOf(engine.submit(alice, { name: 'plian' }, 'key-1'))).toMatchObject({ code: 'invalid' })
    expect(
      await refusalOf(engine.submit(alice, { name: 'plain', payload: 'x'.repeat(300_000) }, 'key-1')),
    ).toMatchObject({ code: 'invalid' })
    expect(await engine.submit(alice, { name: 'plain' }, 'key-1')).toMatchObject({ replayed: false })
  })

  test('H84 of a request that met an outage is still free, also for another request', async () => {
    const store = openStore([plain])
    store.faults.down(true)
    await expect(store.submit({ payload: 1 }, 'key-1')).rejects.toThrow('cut the line')
    store.faults.down(false)
    expect(await store.submit({ payload: 2 }, 'key-1')).toMatchObject({ state: 'PENDING', payload: '2' })
  })
})

describe('a submit whose answer is lost', () => {
  test('H1 H4 P1 finds its task when it is repeated with its key, and its hint is sent', async () => {
    const store = openStore([plain])
    store.faults.loseAnswer(isSubmit)
    await expect(store.submit({ payload: 1 }, 'key-1')).rejects.toThrow('cut the line')
    const row = await store.submit({ payload: 1 }, 'key-1')
    expect(row).toMatchObject({ state: 'PENDING', createdAt: at('10:00:00') })
    expect(store.faults.sent).toEqual([{ task: row.id, at: row.runAt }])
    expect(await store.backend.stats.counts()).toEqual([{ name: 'plain', state: 'PENDING', count: 1 }])
  })

  test('H1 a repeat after its task has ended sends no hint', async () => {
    const store = openStore([plain])
    const row = await store.submit({ payload: 1 }, 'key-1')
    expect(await store.worker([plain]).handle(row)).toBe('ack')
    await store.submit({ payload: 1 }, 'key-1')
    expect(store.faults.sent).toEqual([])
  })

  test('H3 that is sent again underneath meets its own row: success, not a replay', async () => {
    const store = openStore([plain])
    store.faults.repeat(isSubmit)
    const submitted = await store.engine.submit(alice, { name: 'plain', payload: 1 })
    expect(submitted).toMatchObject({ replayed: false, row: { state: 'PENDING', payload: '1' } })
    expect(store.faults.sent).toMatchObject([{ task: submitted.row.id }])
  })

  test('P13 a store that is down fails the items of a batch one by one, without losing the answer', async () => {
    const store = openStore([plain])
    store.faults.down(true)
    expect(
      await store.engine.submitMany(alice, [{ request: { name: 'plain' } }, { request: { name: 'plain' } }]),
    ).toMatchObject([{ code: 'unavailable' }, { code: 'unavailable' }])
  })
})
