import { describe, expect, test } from 'vitest'
import { defineTask } from '../../shared/core/definition.ts'
import { StoreUnavailable } from '../../shared/ports/store-unavailable.ts'
import { LIMIT_MS, openBatches, plain, waiting } from '../helpers/batches.ts'
import { turns } from '../helpers/clock.ts'
import { gateway } from '../helpers/engine.ts'
import { isEnd, isHeartbeat } from '../helpers/engine-workers.ts'

describe('a function that runs out of time', () => {
  test('H99 tells its handlers to stop in time, and gives their attempts back', async () => {
    const { store, queue, worker, reasons } = waiting()
    const row = await store.submit({ name: 'waiting' })
    queue.send(row)
    const run = worker().run(queue.receive(), 60_000)
    await store.clock.advance(49_999)
    expect(reasons).toEqual([])
    await store.clock.advance(1)
    expect(reasons).toEqual(['stopping'])
    await store.clock.advance(2_000)
    expect(await run).toEqual([])
    expect(await store.row(row.id)).toMatchObject({ state: 'PENDING', attempt: 1, attemptsLeft: 5 })
    // Its next message is out.
    expect(queue.receive()).toHaveLength(1)
  })

  test('H99 answers two seconds before its end, whatever hangs', async () => {
    const { store, queue, worker, reports } = waiting()
    queue.send(await store.submit({ name: 'waiting' }))
    queue.send(await store.submit({ name: 'plain' }))
    let answered: readonly string[] | undefined
    void worker()
      .run(queue.receive(), 60_000)
      .then(failed => {
        answered = failed
      })
    await turns()
    store.faults.before(isEnd, () => new Promise(() => {}))
    await store.clock.advance(57_999)
    expect(answered).toBeUndefined()
    await store.clock.advance(1)
    expect(answered).toEqual(['message-1'])
    expect(reports).toEqual([{ what: 'abandoned', messageId: 'message-1' }])
  })

  test('H99 starts nothing when there is hardly any left; what it leaves is back soon', async () => {
    const { submit, queue, worker, store } = openBatches([plain])
    const [row] = await submit()
    expect(await worker().run(queue.receive(), 14_999)).toEqual(['message-1'])
    expect(await store.row(row?.id ?? '')).toMatchObject({ state: 'PENDING', attempt: 0 })
    await store.clock.advance(35_000)
    expect(await worker().run(queue.receive(), 15_000)).toEqual([])
  })

  test('H99 starts nothing either when hiding its messages has taken what was left', async () => {
    const { submit, queue, worker, store } = openBatches([plain])
    const [row] = await submit()
    queue.waitFor(new Promise(resolve => store.clock.after(5_000, () => resolve(undefined))))
    const run = worker().run(queue.receive(), 19_000)
    await store.clock.advance(5_000)
    expect(await run).toEqual(['message-1'])
    expect(await store.row(row?.id ?? '')).toMatchObject({ attempt: 0 })
  })
})

describe('once a batch is answered', () => {
  test('H100 no timer of it is left', async () => {
    const { store, queue, worker, release } = waiting()
    for (const name of ['waiting', 'plain']) queue.send(await store.submit({ name }))
    const before = store.clock.timers()
    const run = worker().run(queue.receive())
    await store.clock.advance(25_000)
    expect(store.clock.timers()).toBeGreaterThan(before)
    release.open('done')
    await run
    expect(store.clock.timers()).toBe(before)
  })

  test('H100 no write of it happens, although its process thaws in the midst of one', async () => {
    const { store, queue, worker } = waiting()
    const row = await store.submit({ name: 'waiting' })
    queue.send(row)
    const run = worker().run(queue.receive(), 60_000)
    await store.clock.advance(45_000)
    // Its end cannot be written until the function is frozen; the store is back when it thaws.
    store.faults.down(true)
    await store.clock.advance(13_000)
    expect(await run).toEqual(['message-1'])
    expect(store.clock.timers()).toBe(0)
    const left = await store.row(row.id)
    store.faults.down(false)
    await store.clock.advance(LIMIT_MS)
    expect(await store.row(row.id)).toEqual(left)
    expect(store.clock.timers()).toBe(0)
  })

  test('H100 what answers only after it starts nothing new', async () => {
    const { store, queue, worker } = waiting()
    queue.send(await store.submit({ name: 'waiting' }))
    const run = worker().run(queue.receive(), 60_000)
    const [written, hidden] = [gateway(), gateway()]
    store.faults.before(isEnd, () => written.promise)
    await store.clock.advance(45_000)
    queue.waitFor(hidden.promise)
    await store.clock.advance(13_000)
    expect(await run).toEqual(['message-1'])
    const calls = queue.calls.length
    hidden.open()
    written.fail(new StoreUnavailable('too late'))
    await turns()
    expect(store.clock.timers()).toBe(0)
    await store.clock.advance(30_000)
    expect(queue.calls).toHaveLength(calls)
  })

  test('H100 a handler that goes on all the same enqueues nothing', async () => {
    const goOn = gateway()
    let refused: unknown
    const stubborn = defineTask({
      name: 'stubborn',
      timeout: '14m',
      async run(_, { enqueue }) {
        await goOn.promise
        await enqueue('plain', undefined).catch(error => {
          refused = error
        })
      },
    })
    const { store, queue, worker } = openBatches([stubborn, plain])
    queue.send(await store.submit({ name: 'stubborn' }))
    const run = worker().run(queue.receive(), 60_000)
    await store.clock.advance(52_000)
    await run
    goOn.open()
    await turns()
    expect(refused).toMatchObject({ name: 'StoreUnavailable' })
    expect((await store.backend.stats.counts()).filter(({ name }) => name === 'plain')).toEqual([])
  })

  test('H100 its messages are not hidden any longer: it waits for that call, too', async () => {
    const { store, queue, worker, release } = waiting()
    queue.send(await store.submit({ name: 'waiting' }))
    let answered = false
    void worker()
      .run(queue.receive())
      .then(() => {
        answered = true
      })
    await turns()
    const hidden = gateway()
    queue.waitFor(hidden.promise)
    await store.clock.advance(10_000)
    release.open('done')
    await turns()
    expect(answered).toBe(false)
    hidden.open()
    await turns()
    expect(answered).toBe(true)
  })

  test('H40 H100 no call of it is under way: it waits for a heartbeat that its attempt no longer needs', async () => {
    const { store, queue, worker, release } = waiting()
    queue.send(await store.submit({ name: 'waiting' }))
    const beat = gateway()
    let answered = false
    void worker()
      .run(queue.receive())
      .then(() => {
        answered = true
      })
    await turns()
    store.faults.before(isHeartbeat, () => beat.promise)
    await store.clock.advance(10_000)
    release.open('done')
    await turns()
    expect(answered).toBe(false)
    beat.open()
    await turns()
    expect(answered).toBe(true)
  })
})
