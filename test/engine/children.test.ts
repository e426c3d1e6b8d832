import { describe, expect, test } from 'vitest'
import * as z from 'zod'
import { defineTask } from '../../shared/core/definition.ts'
import { at, turns } from '../helpers/clock.ts'
import { alice, openQueue } from '../helpers/engine.ts'

const child = defineTask({ name: 'child', input: z.object({ n: z.number() }), run: ({ n }) => n * 2 })

describe('what a handler enqueues', () => {
  test('belongs to the owner of its task, with its options and its trace', async () => {
    const parent = defineTask({
      name: 'parent',
      async run(_, { enqueue }) {
        const first = await enqueue(child, { n: 1 }, { priority: 1, delay: '5m', tags: { a: 'b' }, title: 'T' })
        const second = await enqueue('child', { n: 2 })
        return [first.id, second.id]
      },
    })
    const queue = await openQueue([parent, child])
    const { row } = await queue.engine.submit(alice, { name: 'parent', traceparent: '00-1-2-01' })
    await queue.clock.advance(0)
    const [first, second] = JSON.parse((await queue.row(row.id)).result ?? '[]')
    expect(await queue.row(first)).toMatchObject({
      owner: 'alice',
      name: 'child',
      priority: 1,
      runAt: at('10:05:00'),
      tags: { a: 'b' },
      title: 'T',
      traceparent: '00-1-2-01',
      state: 'PENDING',
    })
    await turns()
    expect(await queue.row(second)).toMatchObject({ owner: 'alice', priority: 3, state: 'COMPLETED', result: '4' })
  })

  test.each([9, 0, 1.5, 'high'])('is refused with the priority %j, for which nobody would look', async priority => {
    const parent = defineTask({
      name: 'parent',
      retry: { maxAttempts: 1 },
      run: (_, { enqueue }) => enqueue(child, { n: 1 }, { priority: priority as 1 }),
    })
    const queue = await openQueue([parent, child])
    const { id } = await queue.submit()
    await queue.clock.advance(0)
    await turns()
    const { state, lastError } = await queue.row(id)
    expect(state).toBe('DEAD')
    expect(lastError?.message).toContain('priority: is a whole number from 1 (most urgent) to 5')
    expect((await queue.backend.stats.counts()).filter(({ name, count }) => name === 'child' && count > 0)).toEqual([])
  })

  test('is there once, however often its task is tried', async () => {
    const parent = defineTask({
      name: 'parent',
      retry: { backoff: { kind: 'fixed', delay: '1s', jitter: 'none' } },
      async run(_, { enqueue, attempt }) {
        const ids = [(await enqueue(child, { n: 1 })).id, (await enqueue(child, { n: 1 })).id]
        if (attempt < 3) throw new Error('after its children')
        return ids
      },
    })
    const queue = await openQueue([parent, child])
    const { id } = await queue.submit()
    await queue.clock.advance(5_000)
    const ids = JSON.parse((await queue.row(id)).result ?? '[]')
    expect(new Set(ids).size).toBe(2)
    expect(await queue.backend.stats.counts()).toContainEqual({ name: 'child', state: 'COMPLETED', count: 2 })
  })

  test('stays as an earlier attempt made it, when a later one would say something else', async () => {
    const parent = defineTask({
      name: 'parent',
      retry: { backoff: { kind: 'fixed', delay: '1s', jitter: 'none' } },
      async run(_, { enqueue, attempt }) {
        const { id } = await enqueue(child, { n: attempt * 10 })
        if (attempt < 2) throw new Error('after its child')
        return id
      },
    })
    const queue = await openQueue([parent, child])
    const { id } = await queue.submit()
    await queue.clock.advance(5_000)
    const row = await queue.row(id)
    expect(row).toMatchObject({ state: 'COMPLETED', attempt: 2 })
    expect(await queue.row(JSON.parse(row.result ?? ''))).toMatchObject({ payload: '{"n":10}', result: '20' })
    expect(await queue.backend.stats.counts()).toContainEqual({ name: 'child', state: 'COMPLETED', count: 1 })
  })

  test('is made anew by the next run', async () => {
    const parent = defineTask({ name: 'parent', run: async (_, { enqueue }) => (await enqueue(child, { n: 1 })).id })
    const queue = await openQueue([parent, child])
    const { row } = await queue.engine.submit(alice, { name: 'parent' })
    await queue.clock.advance(1)
    const first = (await queue.row(row.id)).result
    await queue.engine.requeue(alice, row.id, {})
    await queue.clock.advance(1)
    const second = (await queue.row(row.id)).result
    expect(first).not.toBe(second)
    expect(await queue.backend.stats.counts()).toContainEqual({ name: 'child', state: 'COMPLETED', count: 2 })
  })

  test('is refused as any submit is, and the handler may go on', async () => {
    const parent = defineTask({
      name: 'parent',
      async run(_, { enqueue }) {
        const refused = await Promise.allSettled([enqueue('nobody', {}), enqueue('child', { n: 'x' })])
        return refused.map(each => each.status)
      },
    })
    const queue = await openQueue([parent, child])
    const { id } = await queue.submit()
    await queue.clock.advance(1)
    expect(await queue.row(id)).toMatchObject({ state: 'COMPLETED', result: '["rejected","rejected"]' })
  })
})

test('a handler knows its task, its run and its attempt, and has one key for all attempts of a run', async () => {
  const seen: unknown[] = []
  const curious = defineTask({
    name: 'curious',
    retry: { maxAttempts: 2, backoff: { kind: 'fixed', delay: '1s', jitter: 'none' } },
    run(_, { id, name, run, attempt, idempotencyKey }) {
      seen.push({ id, name, run, attempt, idempotencyKey })
      throw new Error('x')
    },
  })
  const queue = await openQueue([curious])
  const { row } = await queue.engine.submit(alice, { name: 'curious' })
  await queue.clock.advance(1_000)
  await queue.engine.requeue(alice, row.id, {})
  await queue.clock.advance(0)
  const same = { id: row.id, name: 'curious' }
  expect(seen).toEqual([
    { ...same, run: 1, attempt: 1, idempotencyKey: `${row.id}:1` },
    { ...same, run: 1, attempt: 2, idempotencyKey: `${row.id}:1` },
    { ...same, run: 2, attempt: 1, idempotencyKey: `${row.id}:2` },
  ])
})
