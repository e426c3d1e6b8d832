import { describe, expect, test } from 'vitest'
import { defineTask } from '../../shared/core/definition.ts'
import { at } from '../helpers/clock.ts'
import { path } from '../helpers/engine.ts'
import { isClaim, isEnd, openStore } from '../helpers/engine-workers.ts'

function counted(run: () => unknown = () => 'done') {
  const runs: number[] = []
  const task = defineTask({
    name: 'counted',
    retry: { maxAttempts: 2, backoff: { kind: 'fixed', delay: '5s', jitter: 'none' } },
    run: (_, { attempt }) => {
      runs.push(attempt)
      return run()
    },
  })
  const store = openStore([task])
  return { task, runs, store, worker: store.worker([task]) }
}

describe('a claim whose answer is lost', () => {
  test('H26 and that is sent again underneath is known by its token: the attempt goes on', async () => {
    const { store, worker, runs } = counted()
    const { id, name } = await store.submit()
    store.faults.repeat(isClaim)
    expect(await worker.handle({ id, name })).toBe('ack')
    expect(await store.row(id)).toMatchObject({ state: 'COMPLETED', attempt: 1, attemptsLeft: 1 })
    expect(runs).toEqual([1])
  })

  test('H26 and that nobody repeats is read: the attempt goes on', async () => {
    const { store, worker, runs } = counted()
    const { id, name } = await store.submit()
    store.faults.loseAnswer(isClaim)
    expect(await worker.handle({ id, name })).toBe('ack')
    expect(await store.row(id)).toMatchObject({ state: 'COMPLETED', attempt: 1 })
    expect(runs).toEqual([1])
  })

  test('H26 P4 because the store is down was not written: nothing is charged, and the hint comes back', async () => {
    const { store, worker, runs } = counted()
    const { id, name } = await store.submit()
    store.faults.down(true)
    await expect(worker.handle({ id, name })).rejects.toThrow('cut the line')
    store.faults.down(false)
    expect(await store.row(id)).toMatchObject({ state: 'PENDING', attempt: 0, attemptsLeft: 2 })
    expect(await worker.handle({ id, name })).toBe('ack')
    expect(runs).toEqual([1])
  })
})

describe('an outcome whose answer is lost', () => {
  test('H41 and that is sent again underneath meets its own row: the hint is acknowledged', async () => {
    const { store, worker } = counted()
    const { id, name } = await store.submit()
    store.faults.repeat(isEnd)
    expect(await worker.handle({ id, name })).toBe('ack')
    expect(await store.row(id)).toMatchObject({ state: 'COMPLETED', result: '"done"' })
  })

  test('H41 of a failure: the hint of its retry is sent', async () => {
    const { store, worker } = counted(() => {
      throw new Error('x')
    })
    const { id, name } = await store.submit()
    store.faults.repeat(isEnd)
    expect(await worker.handle({ id, name })).toBe('ack')
    expect(await store.row(id)).toMatchObject({ state: 'RETRYING', attempt: 1, runAt: at('10:00:05') })
    expect(store.faults.sent).toEqual([{ task: id, at: at('10:00:05') }])
    expect(path(await store.row(id))).toEqual(['PENDING', 'RUNNING', 'RETRYING'])
  })

  test('H41 H44 altogether is written again and then found written: once, and acknowledged', async () => {
    const { store, worker, runs } = counted()
    const { id, name } = await store.submit()
    store.faults.loseAnswer(isEnd)
    const handled = worker.handle({ id, name })
    await store.clock.advance(5_000)
    expect(await handled).toBe('ack')
    expect(await store.row(id)).toMatchObject({ state: 'COMPLETED', attempt: 1 })
    expect(runs).toEqual([1])
  })
})

describe('an outcome that the store does not take', () => {
  test('H44 is offered again while the lease lasts: an outage does not repeat what the handler did', async () => {
    const { store, runs, worker } = counted(() => {
      store.faults.down(true)
      return 'charged the card'
    })
    const { id, name } = await store.submit()
    const handled = worker.handle({ id, name })
    await store.clock.advance(20_000)
    expect((await store.backend.stats.counts())[0]).toMatchObject({ state: 'RUNNING' })
    store.faults.down(false)
    await store.clock.advance(2_000)
    expect(await handled).toBe('ack')
    expect(await store.row(id)).toMatchObject({ state: 'COMPLETED', attempt: 1, result: '"charged the card"' })
    expect(runs).toEqual([1])
  })

  test('H44 is dropped at the end of the lease, when another worker may have the task', async () => {
    const { store, worker, runs } = counted(() => {
      store.faults.down(runs.length === 1)
      return runs.length
    })
    const { id, name } = await store.submit()
    const handled = worker.handle({ id, name })
    void handled.catch(() => {})
    await store.clock.advance(31_000)
    await expect(handled).rejects.toThrow('cut the line')
    store.faults.down(false)
    await store.clock.advance(1_000)
    expect(await worker.handle({ id, name })).toBe('ack')
    expect(await store.row(id)).toMatchObject({ state: 'COMPLETED', attempt: 2, result: '2' })
  })

  test('H44 large results are offered again too', async () => {
    const { store, worker, runs } = counted(() => {
      store.faults.down(true)
      return 'x'.repeat(50_000)
    })
    const { id, name } = await store.submit()
    const handled = worker.handle({ id, name })
    await store.clock.advance(4_000)
    store.faults.down(false)
    await store.clock.advance(2_000)
    expect(await handled).toBe('ack')
    expect(await store.row(id)).toMatchObject({ state: 'COMPLETED', attempt: 1, resultAt: expect.any(String) })
    expect(runs).toEqual([1])
  })
})
