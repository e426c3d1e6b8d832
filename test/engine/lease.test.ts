import { describe, expect, test } from 'vitest'
import { defineTask } from '../../shared/core/definition.ts'
import { at, turns } from '../helpers/clock.ts'
import { gateway, path } from '../helpers/engine.ts'
import { isClaim, isHeartbeat, openStore } from '../helpers/engine-workers.ts'

/** A task that ends when the test says so; `reasons` holds what its signal told it. */
function waiting() {
  const release = gateway<string>()
  const reasons: string[] = []
  const task = defineTask({
    name: 'waiting',
    timeout: '1h',
    retry: { maxAttempts: 3 },
    run: (_, { signal }) => {
      signal.addEventListener('abort', () => reasons.push(signal.reason.why))
      return release.promise
    },
  })
  return { task, release, reasons, store: openStore([task]) }
}

describe('a lease', () => {
  test('P6 lasts 30 s, and a skew for the others', async () => {
    const { store, task } = waiting()
    const { id, name } = await store.submit()
    void store.worker([task]).handle({ id, name })
    await turns()
    expect(await store.row(id)).toMatchObject({ state: 'RUNNING', wakeAt: at('10:00:32'), startedAt: at('10:00:00') })
  })

  test('H36 is kept alive by heartbeats for as long as the handler takes', async () => {
    const { store, task, release } = waiting()
    const { id, name } = await store.submit()
    const handled = store.worker([task]).handle({ id, name })
    const other = store.worker([task])
    await turns()
    const { version } = await store.row(id)
    for (let seconds = 10; seconds <= 120; seconds += 10) {
      await store.clock.advance(10_000)
      expect(await store.row(id)).toMatchObject({ wakeAt: at('10:00:32') + seconds * 1_000, version, attempt: 1 })
      expect(await other.handle({ id, name })).toBe('ack')
    }
    release.open('done')
    expect(await handled).toBe('ack')
    expect(path(await store.row(id))).toEqual(['PENDING', 'RUNNING', 'COMPLETED'])
  })

  test('P6 of a dead worker runs out, and another one takes the task over', async () => {
    const { store, task, release } = waiting()
    const { id, name } = await store.submit()
    const first = store.worker([task])
    void first.handle({ id, name })
    await store.clock.advance(12_000)
    first.crash()
    const second = store.worker([task])
    expect(await second.handle({ id, name })).toBe('ack')
    await store.clock.advance(29_999)
    expect(await second.handle({ id, name })).toBe('ack')
    expect((await store.row(id)).attempt).toBe(1)
    await store.clock.advance(1)
    const handled = second.handle({ id, name })
    await turns()
    expect(await store.row(id)).toMatchObject({ state: 'RUNNING', attempt: 2, attemptsLeft: 1 })
    release.open('by the second')
    expect(await handled).toBe('ack')
    expect(await store.row(id)).toMatchObject({ state: 'COMPLETED', result: '"by the second"' })
  })

  test('P3 P4 H42 of a frozen worker is lost: its end changes nothing, and says so', async () => {
    const { store, task, release, reasons } = waiting()
    const { id, name } = await store.submit()
    const zombie = store.worker([task]).handle({ id, name })
    await turns()
    store.clock.set(at('10:00:32'))
    const second = store.worker([defineTask({ name: 'waiting', timeout: '1h', run: () => new Promise(() => {}) })])
    void second.handle({ id, name })
    await turns()
    const held = await store.row(id)
    expect(held).toMatchObject({ attempt: 2 })
    release.open('too late')
    expect(await zombie).toBe('ack')
    expect(await store.row(id)).toEqual(held)
    expect(store.count('attempt.stale')).toBe(1)
    expect(reasons).toEqual([])
  })

  test('H35 H38 that another has taken over aborts the handler at its next heartbeat', async () => {
    const { store, task, reasons } = waiting()
    const { id, name } = await store.submit()
    void store.worker([task]).handle({ id, name })
    await turns()
    store.clock.set(at('10:00:32'))
    const second = store.worker([defineTask({ name: 'waiting', timeout: '1h', run: () => new Promise(() => {}) })])
    void second.handle({ id, name })
    await turns()
    await store.clock.advance(0)
    expect(reasons).toEqual(['lease_lost'])
  })

  test('H35 that has run out is still kept when nobody has taken over', async () => {
    const { store, task, reasons } = waiting()
    const { id, name } = await store.submit()
    void store.worker([task]).handle({ id, name })
    await turns()
    // The whole machine slept.
    store.clock.set(at('10:20:00'))
    await store.clock.advance(0)
    expect(await store.row(id)).toMatchObject({ state: 'RUNNING', attempt: 1, wakeAt: at('10:20:32') })
    expect(reasons).toEqual([])
  })

  test('H38 an outage of the store stops no handler while its lease lasts', async () => {
    const { store, task, reasons, release } = waiting()
    const { id, name } = await store.submit()
    const handled = store.worker([task]).handle({ id, name })
    await store.clock.advance(5_000)
    store.faults.down(true)
    await store.clock.advance(23_000)
    expect(reasons).toEqual([])
    store.faults.down(false)
    await store.clock.advance(2_000)
    expect((await store.row(id)).wakeAt).toBe(at('10:01:02'))
    expect(store.count('heartbeat.failed')).toBeGreaterThanOrEqual(5)
    release.open('done')
    expect(await handled).toBe('ack')
    expect(await store.row(id)).toMatchObject({ state: 'COMPLETED', attempt: 1 })
  })

  test('H38 an outage longer than the lease aborts the handler, and its attempt is given back', async () => {
    const { store, task, reasons, release } = waiting()
    const { id, name } = await store.submit()
    const handled = store.worker([task]).handle({ id, name })
    await store.clock.advance(5_000)
    store.faults.down(true)
    await store.clock.advance(24_999)
    expect(reasons).toEqual([])
    await store.clock.advance(1)
    expect(reasons).toEqual(['lease_lost'])
    store.faults.down(false)
    release.fail(new Error('stopped'))
    expect(await handled).toBe('ack')
    expect(await store.row(id)).toMatchObject({ state: 'PENDING', attempt: 1, attemptsLeft: 3 })
  })

  test('H38 an outage is measured against the lease as its last heartbeat has left it', async () => {
    const { store, task, reasons } = waiting()
    const { id, name } = await store.submit()
    const handled = store.worker([task]).handle({ id, name })
    void handled.catch(() => {})
    await store.clock.advance(12_000)
    store.faults.down(true)
    await store.clock.advance(27_999)
    expect(reasons).toEqual([])
    await store.clock.advance(2_000)
    expect(reasons).toEqual(['lease_lost'])
  })

  test('H34 a heartbeat whose answer is lost is sent again, and the lease is as it should be', async () => {
    const { store, task, reasons } = waiting()
    const { id, name } = await store.submit()
    void store.worker([task]).handle({ id, name })
    await turns()
    store.faults.loseAnswer(isHeartbeat)
    await store.clock.advance(12_000)
    expect(await store.row(id)).toMatchObject({ wakeAt: at('10:00:44') })
    expect(reasons).toEqual([])
  })

  test('H34 a heartbeat that overtook this one does no harm', async () => {
    const { store, task, reasons } = waiting()
    const { id, name } = await store.submit()
    void store.worker([task]).handle({ id, name })
    await turns()
    const { leaseToken } = await store.row(id)
    store.faults.before(isHeartbeat, () =>
      store.backend.tasks.commit({
        task: id,
        expect: [{ field: 'leaseToken', op: 'is', value: leaseToken ?? '' }],
        set: { wakeAt: at('10:05:00') },
      }),
    )
    await store.clock.advance(10_000)
    expect(reasons).toEqual([])
    expect((await store.row(id)).wakeAt).toBe(at('10:05:00'))
  })

  test('H27 that ended before its claim was answered starts no handler', async () => {
    let started = 0
    const task = defineTask({ name: 'task', run: () => void started++ })
    const store = openStore([task])
    const { id, name } = await store.submit()
    store.faults.before(isClaim, async () => store.clock.set(at('10:00:30')))
    expect(await store.worker([task]).handle({ id, name })).toBe('leave')
    expect(started).toBe(0)
    expect(await store.row(id)).toMatchObject({ state: 'RUNNING', attempt: 1, wakeAt: at('10:00:32') })
  })
})

describe('workers that die of a task', () => {
  test('H31 P4 each attempt is charged at its start; when they are spent the task is DEAD', async () => {
    const { store, task } = waiting()
    const { id, name } = await store.submit()
    for (let attempt = 1; attempt <= 3; attempt++) {
      const worker = store.worker([task])
      void worker.handle({ id, name })
      await turns()
      expect(await store.row(id)).toMatchObject({ state: 'RUNNING', attempt, attemptsLeft: 3 - attempt })
      worker.crash()
      await store.clock.advance(32_000)
    }
    expect(await store.worker([task]).handle({ id, name })).toBe('ack')
    const row = await store.row(id)
    expect(row).toMatchObject({
      state: 'DEAD',
      attempt: 3,
      lastError: { code: 'crash_loop', message: expect.stringContaining('attempt 3') },
    })
    expect(path(row)).toEqual(['PENDING', 'RUNNING', 'RUNNING', 'RUNNING', 'DEAD'])
    expect(store.count('task.buried')).toBe(1)
    expect(await store.worker([task]).handle({ id, name })).toBe('ack')
    expect(await store.row(id)).toEqual(row)
  })

  test('a worker that has to stop gives its attempts back', async () => {
    const { store, task, reasons, release } = waiting()
    const { id, name } = await store.submit()
    const worker = store.worker([task])
    const handled = worker.handle({ id, name })
    await turns()
    worker.stop()
    expect(reasons).toEqual(['stopping'])
    release.fail(new Error('stopped'))
    expect(await handled).toBe('ack')
    expect(await store.row(id)).toMatchObject({ state: 'PENDING', attempt: 1, attemptsLeft: 3, runAt: at('10:00:00') })
  })

  test('a worker that has to stop while its claim is on its way gives the attempt back too', async () => {
    const { store, task, reasons } = waiting()
    const { id, name } = await store.submit()
    const worker = store.worker([task])
    store.faults.before(isClaim, async () => worker.stop())
    const handled = worker.handle({ id, name })
    await store.clock.advance(2_000)
    expect(await handled).toBe('ack')
    expect(await store.row(id)).toMatchObject({ state: 'PENDING', attemptsLeft: 3 })
    expect(reasons.length).toBeLessThanOrEqual(1)
  })
})
