import { describe, expect, test } from 'vitest'
import { defineTask } from '../../shared/core/definition.ts'
import { at, createManualClock, turns } from '../helpers/clock.ts'
import { admin, alice, gateway, openQueue, path } from '../helpers/engine.ts'
import { openStore } from '../helpers/engine-workers.ts'

const plain = defineTask({ name: 'plain', run: () => 1 })
const broken = defineTask({
  name: 'broken',
  retry: { backoff: { kind: 'fixed', delay: '1m', jitter: 'none' } },
  run() {
    throw new Error('x')
  },
})

describe('a task with an expiry', () => {
  test('H52 starts until the last millisecond before it', async () => {
    const queue = await openQueue([plain])
    const { id } = await queue.submit({ delayMs: 9_999, expiresAt: at('10:00:10') })
    await queue.clock.advance(9_999)
    expect(await queue.row(id)).toMatchObject({ state: 'COMPLETED', startedAt: at('10:00:10') - 1 })
  })

  test('H52 that is claimed too late does not start, and ends EXPIRED', async () => {
    const store = openStore([plain])
    const { id, name } = await store.submit({ expiresAt: at('10:00:10') })
    store.clock.set(at('10:00:10'))
    expect(await store.worker([plain]).handle({ id, name })).toBe('ack')
    expect(await store.row(id)).toMatchObject({ state: 'EXPIRED', attempt: 0, finishedAt: at('10:00:10') })
    expect(store.count('attempt.started')).toBe(0)
  })

  test('H52 that nobody claims is ended within a second or so', async () => {
    const queue = await openQueue([plain])
    await queue.engine.pause(admin, { kind: 'all' }, 'nobody claims')
    const { id } = await queue.submit({ expiresAt: at('10:00:10') })
    await queue.clock.advance(12_000)
    expect(await queue.row(id)).toMatchObject({ state: 'EXPIRED', finishedAt: at('10:00:10') })
    expect(queue.events).toContainEqual(expect.objectContaining({ type: 'task.expired', by: 'expiry' }))
    expect(await queue.backend.stats.counts()).toEqual([{ name: 'plain', state: 'EXPIRED', count: 1 }])
  })

  test('H52 between two attempts is not tried again', async () => {
    const queue = await openQueue([broken])
    const { id } = await queue.submit({ expiresAt: at('10:00:30') })
    await queue.clock.advance(120_000)
    expect(await queue.row(id)).toMatchObject({ state: 'EXPIRED', attempt: 1 })
    expect(path(await queue.row(id))).toEqual(['PENDING', 'RUNNING', 'RETRYING', 'EXPIRED'])
  })

  test('that runs when it comes may finish', async () => {
    const release = gateway<number>()
    const queue = await openQueue([defineTask({ name: 'slow', timeout: '1h', run: () => release.promise })])
    const { id } = await queue.submit({ expiresAt: at('10:00:10') })
    await queue.clock.advance(60_000)
    expect((await queue.row(id)).state).toBe('RUNNING')
    release.open(7)
    await turns()
    expect(await queue.row(id)).toMatchObject({ state: 'COMPLETED', result: '7' })
  })

  test('H52 H81 is shown as expired at once, and a wait for it ends', async () => {
    const clock = createManualClock()
    const queue = await openQueue([plain], { running: false, clock })
    const { row } = await queue.engine.submit(alice, { name: 'plain', delayMs: 5_000, expiresAt: at('10:00:10') })
    clock.set(at('10:00:10'))
    expect((await queue.engine.list(alice, { limit: 5, states: ['EXPIRED'] })).rows.map(({ id }) => id)).toEqual([
      row.id,
    ])
    expect((await queue.engine.wait(alice, row.id, 60_000)).row.id).toBe(row.id)
  })
})
