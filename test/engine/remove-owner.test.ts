import { describe, expect, test } from 'vitest'
import { defineTask } from '../../shared/core/definition.ts'
import { complete } from '../../shared/core/transitions.ts'
import { turns } from '../helpers/clock.ts'
import { admin, alice, bob, gateway, openQueue, refusalOf, type TestQueue } from '../helpers/engine.ts'
import { openStore } from '../helpers/engine-workers.ts'

const plain = defineTask({ name: 'plain', run: input => input })
const talkative = defineTask({
  name: 'talkative',
  run(input, { log }) {
    log.info('a line')
    return input
  },
})
const MINUTE = 60_000
const LARGE = 'x'.repeat(20_000)
const always = () => true

const remove = ({ engine }: Pick<TestQueue, 'engine'>, owner = 'alice') => engine.removeOwner(admin, owner, always)
async function idsOf({ engine }: Pick<TestQueue, 'engine'>, actor = alice): Promise<string[]> {
  return (await engine.list(actor, { limit: 200 })).rows.map(({ id }) => id)
}

describe('SEC-22 removal of an owner’s tasks', () => {
  test('SEC-22 what waits goes at once, what has just ended a minute later, and nothing of others', async () => {
    const queue = await openQueue([talkative])
    const submit = async (actor = alice, delayMs?: number) =>
      (await queue.engine.submit(actor, { name: 'talkative', payload: LARGE, ...(delayMs && { delayMs }) })).row
    const ended = await submit()
    const others = [await submit(bob), await submit(bob, MINUTE * 60)]
    await queue.clock.advance(2_000)
    const waiting = await submit(alice, MINUTE * 60)
    const before = await Promise.all(others.map(({ id }) => queue.engine.get(bob, id)))

    expect(await remove(queue)).toEqual({ removed: 1, left: true })
    expect(await idsOf(queue)).toEqual([ended.id])
    expect(await queue.backend.blobs.get(waiting.id, waiting.payloadAt ?? '')).toBeUndefined()
    await queue.clock.advance(MINUTE - 3_000)
    expect(await remove(queue)).toEqual({ removed: 0, left: true })
    await queue.clock.advance(1_001)
    expect(await remove(queue)).toEqual({ removed: 1, left: false })
    expect(await remove(queue)).toEqual({ removed: 0, left: false })
    const { payloadAt = '', resultAt = '' } = ended
    expect(await Promise.all([payloadAt, resultAt].map(key => queue.backend.blobs.get(ended.id, key)))).toEqual([
      undefined,
      undefined,
    ])
    expect((await queue.backend.logs.read(ended.id, 9)).lines).toEqual([])
    expect(await Promise.all(others.map(({ id }) => queue.engine.get(bob, id)))).toEqual(before)
    expect(await queue.backend.stats.counts()).toEqual([
      { name: 'talkative', state: 'COMPLETED', count: 1 },
      { name: 'talkative', state: 'PENDING', count: 1 },
    ])
  })

  test.each(['viewer', 'operator'] as const)('SEC-22 is not for who is %s', async role => {
    const queue = await openQueue([plain])
    await queue.engine.submit(alice, { name: 'plain', delayMs: MINUTE })
    const refused = queue.engine.removeOwner({ owner: 'carol', by: 'carol', role }, 'alice', always)
    expect(await refusalOf(refused)).toMatchObject({ code: 'forbidden' })
    expect(await idsOf(queue)).toHaveLength(1)
  })

  test('SEC-22 H63 a running task is taken from its holder: told at once in this process, refused, and no ghost', async () => {
    const told = gateway<unknown>()
    const stubborn = defineTask({
      name: 'stubborn',
      timeout: '1h',
      run: async (_, { signal, log }) => {
        signal.addEventListener('abort', () => told.open(signal.reason))
        await told.promise
        log.warn('still here')
        return LARGE
      },
    })
    const queue = await openQueue([stubborn])
    const { row } = await queue.engine.submit(alice, { name: 'stubborn' })
    await queue.clock.advance(1_000)
    expect((await queue.row(row.id)).state).toBe('RUNNING')
    expect(await remove(queue)).toEqual({ removed: 0, left: true })
    expect(await told.promise).toMatchObject({ why: 'canceled' })
    await queue.clock.advance(5_000)
    expect(await queue.row(row.id)).toMatchObject({ state: 'CANCELED', attempt: 1 })
    expect(queue.events.filter(({ type }) => type === 'attempt.stale')).toHaveLength(1)
    // What it has written beside the row since goes with the row.
    expect((await queue.backend.logs.read(row.id, 9)).lines).toMatchObject([{ message: 'still here' }])
    await queue.clock.advance(MINUTE)
    expect(await remove(queue)).toEqual({ removed: 1, left: false })
    expect((await queue.backend.logs.read(row.id, 9)).lines).toEqual([])
    expect(await queue.backend.tasks.read(row.id)).toBeUndefined()
    expect((await queue.backend.stats.counts()).filter(({ count }) => count !== 0)).toEqual([])
  })

  test('SEC-22 H63 a holder elsewhere that learns of it late writes no row, and its task stays until it has', async () => {
    const finish = gateway<string>()
    const slow = defineTask({ name: 'slow', timeout: '1h', run: () => finish.promise })
    const store = openStore([slow])
    const worker = store.worker([slow])
    const { row } = await store.engine.submit(alice, { name: 'slow' })
    const handled = worker.handle(row)
    await turns()
    const held = await store.row(row.id)
    expect(await remove(store)).toEqual({ removed: 0, left: true })
    const lease = { task: row.id, token: held.leaseToken ?? '', endsAt: store.clock.now() + 30_000 }
    const late = await store.backend.tasks.commit(complete(lease, 1, { text: '1' }, store.clock.now()))
    expect(late).toMatchObject({ ok: false, winner: { state: 'CANCELED' } })
    await store.clock.advance(10_000)
    finish.open('done')
    await store.clock.advance(5_000)
    expect(await handled).toBe('ack')
    expect((await store.row(row.id)).result).toBeUndefined()
    await store.clock.advance(MINUTE)
    expect(await remove(store)).toEqual({ removed: 1, left: false })
    expect(await store.backend.tasks.commit(complete(lease, 1, {}, store.clock.now()))).toEqual({ ok: false })
    expect(await store.worker([slow]).handle(row)).toBe('ack')
    expect(store.count('hint.unknownTask')).toBe(1)
  })

  test('SEC-22 what a running task enqueues while it is being removed goes, too', async () => {
    const enqueues = gateway()
    const enqueued = gateway()
    const parent = defineTask({
      name: 'parent',
      timeout: '1h',
      async run(_, { enqueue }) {
        await enqueues.promise
        await enqueue('plain', 1, { delay: '1h' })
        enqueued.open()
      },
    })
    const store = openStore([parent, plain])
    const { row } = await store.engine.submit(alice, { name: 'parent' })
    const handled = store.worker([parent, plain]).handle(row)
    await turns()
    expect(await remove(store)).toEqual({ removed: 0, left: true })
    enqueues.open()
    await enqueued.promise
    expect(await idsOf(store)).toHaveLength(2)
    expect(await remove(store)).toEqual({ removed: 1, left: true })
    await handled
    await store.clock.advance(MINUTE)
    expect(await remove(store)).toEqual({ removed: 1, left: false })
    expect(await idsOf(store)).toEqual([])
  })

  test('SEC-22 H63 a handler that goes on alone after its end enqueues and says nothing any more', async () => {
    const goOn = gateway()
    const ended = gateway<string>()
    const deaf = defineTask({
      name: 'deaf',
      timeout: '1s',
      retry: { maxAttempts: 1 },
      async run(_, { enqueue, log, progress }) {
        await goOn.promise
        log.info('too late')
        progress(99)
        const fate = await enqueue('plain', 1).then(
          () => 'taken',
          error => String(error),
        )
        ended.open(fate)
      },
    })
    const queue = await openQueue([deaf, plain])
    const { row } = await queue.engine.submit(alice, { name: 'deaf' })
    await queue.clock.advance(5_000)
    expect((await queue.row(row.id)).state).toBe('DEAD')
    await queue.clock.advance(MINUTE)
    expect(await remove(queue)).toEqual({ removed: 1, left: false })
    goOn.open()
    expect(await ended.promise).toContain('this attempt is over')
    await queue.clock.advance(5_000)
    expect(await idsOf(queue)).toEqual([])
    expect((await queue.backend.logs.read(row.id, 9)).lines).toEqual([])
  })

  test('SEC-22 goes page by page as far as there is time, and the event loop has its turns in between', async () => {
    const queue = await openQueue([plain], { running: false })
    const items = Array.from({ length: 1_050 }, () => ({ request: { name: 'plain', delayMs: MINUTE } }))
    await queue.engine.submitMany(alice, items)
    await queue.engine.submit(bob, { name: 'plain', delayMs: MINUTE })
    expect(await queue.engine.removeOwner(admin, 'alice', () => false)).toEqual({ removed: 100, left: true })
    let loops = 0
    let counting = true
    const count = () => {
      loops++
      if (counting) setImmediate(count)
    }
    count()
    expect(await remove(queue)).toEqual({ removed: 950, left: false })
    counting = false
    expect(loops).toBeGreaterThanOrEqual(10)
    expect(await idsOf(queue, bob)).toHaveLength(1)
    expect(await queue.backend.stats.counts()).toEqual([{ name: 'plain', state: 'PENDING', count: 1 }])
  })

  test('SEC-22 of an owner that has none changes nothing', async () => {
    const queue = await openQueue([plain])
    await queue.engine.submit(bob, { name: 'plain', delayMs: MINUTE })
    expect(await remove(queue)).toEqual({ removed: 0, left: false })
    expect(await remove(queue, '')).toEqual({ removed: 0, left: false })
    expect(await idsOf(queue, bob)).toHaveLength(1)
  })
})
