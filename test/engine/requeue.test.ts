import { describe, expect, test } from 'vitest'
import * as z from 'zod'
import { defineTask, discard } from '../../shared/core/definition.ts'
import { at, turns } from '../helpers/clock.ts'
import { alice, bob, gateway, openQueue, path, refusalOf } from '../helpers/engine.ts'
import { openStore } from '../helpers/engine-workers.ts'

/** Fails for good unless its payload says otherwise. */
const picky = defineTask({
  name: 'picky',
  input: z.object({ good: z.boolean() }),
  retry: { maxAttempts: 3, backoff: { kind: 'fixed', delay: '1s', jitter: 'none' } },
  run({ good }) {
    if (!good) throw new RangeError('not good')
    return 'good'
  },
})
const doomed = defineTask({ name: 'doomed', run: (_, { name }) => discard(`${name} cannot work`) })

async function withDead() {
  const queue = await openQueue([picky, doomed])
  const { row } = await queue.engine.submit(alice, { name: 'picky', payload: { good: false } })
  await queue.clock.advance(10_000)
  expect(await queue.row(row.id)).toMatchObject({ state: 'DEAD', attempt: 3 })
  return { ...queue, id: row.id }
}

describe('requeue', () => {
  test('H50 starts the next run with a fresh budget and keeps the history', async () => {
    const { engine, id, clock, row } = await withDead()
    const before = await row(id)
    const again = await engine.requeue(alice, id, {})
    expect(again.row).toMatchObject({ state: 'PENDING', run: 2, attempt: 0, attemptsLeft: 3, runAt: at('10:00:10') })
    for (const field of ['lastError', 'finishedAt', 'startedAt', 'result'] as const)
      expect(again.row[field]).toBeUndefined()
    expect(again.row.history).toEqual([
      ...before.history,
      { at: at('10:00:10'), to: 'PENDING', by: 'alice@laptop', why: 'requeued' },
    ])
    await clock.advance(10_000)
    expect(await row(id)).toMatchObject({ state: 'DEAD', run: 2, attempt: 3 })
  })

  test('takes a changed payload, checked as at submit', async () => {
    const { engine, id, clock, row } = await withDead()
    expect(await refusalOf(engine.requeue(alice, id, { payload: { good: 1 } }))).toMatchObject({
      errors: [{ pointer: '/payload/good' }],
    })
    expect((await row(id)).run).toBe(1)
    await engine.requeue(alice, id, { payload: { good: true } })
    await clock.advance(1)
    expect(await row(id)).toMatchObject({
      state: 'COMPLETED',
      run: 2,
      attempt: 1,
      result: '"good"',
      payload: '{"good":true}',
    })
  })

  test('H62 twice: the second is refused, also at the same moment', async () => {
    const { engine, id, row } = await withDead()
    const answers = await Promise.allSettled([1, 2, 3].map(() => engine.requeue(alice, id, {})))
    expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    for (const answer of answers)
      if (answer.status === 'rejected') expect(answer.reason).toMatchObject({ code: 'conflict' })
    expect((await row(id)).run).toBe(2)
  })

  test('a task that has not ended refuses', async () => {
    const queue = await openQueue([picky], { running: false })
    const { row } = await queue.engine.submit(alice, { name: 'picky', payload: { good: true } })
    expect(await refusalOf(queue.engine.requeue(alice, row.id, {}))).toMatchObject({
      code: 'conflict',
      extra: { currentState: 'PENDING', allowedActions: ['cancel', 'edit'] },
    })
  })

  test('canceled, completed and expired tasks can be run again, the expired one without its expiry', async () => {
    const { engine, clock, row } = await openQueue([picky])
    const { row: completed } = await engine.submit(alice, { name: 'picky', payload: { good: true } })
    const { row: canceled } = await engine.submit(alice, { name: 'picky', payload: { good: true }, delayMs: 60_000 })
    await engine.cancel(alice, canceled.id)
    await engine.pause({ ...alice, role: 'admin' }, { kind: 'all' }, 'for the test')
    const { row: expired } = await engine.submit(alice, {
      name: 'picky',
      payload: { good: true },
      expiresAt: at('10:00:05'),
    })
    await clock.advance(10_000)
    expect((await row(expired.id)).state).toBe('EXPIRED')
    await engine.resume({ ...alice, role: 'admin' }, { kind: 'all' })
    await clock.advance(1)
    for (const { id } of [completed, canceled, expired]) await engine.requeue(alice, id, {})
    await clock.advance(1)
    for (const { id } of [completed, canceled, expired])
      expect(await row(id)).toMatchObject({ state: 'COMPLETED', run: 2, expiresAt: undefined })
  })

  test('H42 H50 H62 a worker of the old run changes nothing of the new one', async () => {
    const release = gateway<string>()
    const first = defineTask({ name: 'task', timeout: '1h', run: () => release.promise })
    const second = defineTask({ name: 'task', run: () => 'of the new run' })
    const store = openStore([first])
    const { id, name } = await store.submit({ maxAttempts: 1 })
    const zombie = store.worker([first])
    const handled = zombie.handle({ id, name })
    await turns()
    // The zombie freezes: its lease runs out, the task is buried, then requeued and run elsewhere.
    store.clock.set(at('10:00:40'))
    expect(await store.worker([second]).handle({ id, name })).toBe('ack')
    expect(await store.row(id)).toMatchObject({ state: 'DEAD', lastError: { code: 'crash_loop' } })
    await store.engine.requeue({ ...alice, owner: 'local' }, id, {})
    const before = await store.row(id)
    release.open('of the old run')
    expect(await handled).toBe('ack')
    expect(await store.row(id)).toEqual(before)
    expect(store.count('attempt.stale')).toBe(1)
    expect(await store.worker([second]).handle({ id, name })).toBe('ack')
    expect(await store.row(id)).toMatchObject({ state: 'COMPLETED', run: 2, result: '"of the new run"' })
    expect(path(await store.row(id))).toEqual(['PENDING', 'RUNNING', 'DEAD', 'PENDING', 'RUNNING', 'COMPLETED'])
  })
})

describe('requeue by filter', () => {
  test('H64 takes the dead that match, page by page, and no others', async () => {
    const { engine, clock, row } = await openQueue([picky, doomed])
    const dead: Record<string, string[]> = { picky: [], doomed: [] }
    for (let index = 0; index < 5; index++) {
      for (const name of ['picky', 'doomed']) {
        const { row: task } = await engine.submit(index === 4 ? bob : alice, { name, payload: { good: false } })
        dead[name]?.push(task.id)
      }
    }
    await clock.advance(10_000)
    await engine.pause({ ...alice, role: 'admin' }, { kind: 'all' }, 'to see them waiting')
    const requeued: string[] = []
    let next: string | undefined
    do {
      const page = await engine.requeueDead(alice, {
        name: 'picky',
        limit: 3,
        ...(next !== undefined && { after: next }),
      })
      requeued.push(...page.requeued)
      next = page.next
    } while (next !== undefined)
    expect(requeued.toSorted()).toEqual(dead.picky?.slice(0, 4).toSorted())
    for (const id of requeued) expect(await row(id)).toMatchObject({ state: 'PENDING', run: 2 })
    for (const id of [...(dead.doomed ?? []), dead.picky?.[4] ?? ''])
      expect(await row(id)).toMatchObject({ state: 'DEAD', run: 1 })
  })

  test('by fingerprint takes those of one cause', async () => {
    const { engine, clock, row } = await openQueue([picky, doomed])
    const { row: first } = await engine.submit(alice, { name: 'picky', payload: { good: false } })
    const { row: other } = await engine.submit(alice, { name: 'doomed' })
    await clock.advance(10_000)
    const { fingerprint } = (await row(first.id)).lastError ?? { fingerprint: '' }
    expect(await engine.requeueDead(alice, { fingerprint, limit: 9 })).toEqual({ requeued: [first.id] })
    expect((await row(other.id)).state).toBe('DEAD')
  })

  test('H62 two at once requeue each task once', async () => {
    const { engine, id } = await withDead()
    const pages = await Promise.all([1, 2].map(() => engine.requeueDead(alice, { limit: 9 })))
    expect(pages.flatMap(({ requeued }) => requeued)).toEqual([id])
  })
})
