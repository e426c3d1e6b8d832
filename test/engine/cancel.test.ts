import { describe, expect, test } from 'vitest'
import { defineTask } from '../../shared/core/definition.ts'
import { AttemptAborted } from '../../shared/ports/handler-runner.ts'
import { at, turns } from '../helpers/clock.ts'
import { alice, gateway, openQueue, path, refusalOf } from '../helpers/engine.ts'
import { isEnd, openStore } from '../helpers/engine-workers.ts'

const plain = defineTask({ name: 'plain', run: input => input })
const broken = defineTask({
  name: 'broken',
  retry: { maxAttempts: 4, backoff: { kind: 'fixed', delay: '10m', jitter: 'none' } },
  run() {
    throw new Error('no')
  },
})
/** Runs until it is told to stop. */
const obedient = defineTask({
  name: 'obedient',
  timeout: '1h',
  run: (_, { signal }) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
})

describe('cancel', () => {
  test('P11 H58 a waiting task ends at once and never starts', async () => {
    const queue = await openQueue([plain])
    const { row } = await queue.engine.submit(alice, { name: 'plain', delayMs: 60_000 })
    const canceled = await queue.engine.cancel(alice, row.id)
    expect(canceled.row).toMatchObject({ state: 'CANCELED', finishedAt: at('10:00:00') })
    expect(canceled.row.history.at(-1)).toEqual({ at: at('10:00:00'), to: 'CANCELED', by: 'alice@laptop' })
    await queue.clock.advance(120_000)
    expect(queue.starts(row.id)).toEqual([])
  })

  test('H61 a task between two attempts ends at once and never starts again', async () => {
    const queue = await openQueue([broken])
    const { id } = await queue.submit()
    await queue.clock.advance(1_000)
    expect((await queue.row(id)).state).toBe('RETRYING')
    expect(await queue.engine.cancel(alice, (await queue.submit()).id).catch(({ code }) => code)).toBe('not_found')
    await queue.engine.cancel({ ...alice, owner: 'local' }, id)
    await queue.clock.advance(45 * 60_000)
    expect(await queue.row(id)).toMatchObject({ state: 'CANCELED', attempt: 1 })
    expect(queue.starts(id)).toEqual([1])
  })

  test('a task that has ended refuses, and says what it can take', async () => {
    const queue = await openQueue([plain])
    const { row } = await queue.engine.submit(alice, { name: 'plain' })
    await queue.clock.advance(1)
    expect(await refusalOf(queue.engine.cancel(alice, row.id))).toMatchObject({
      code: 'conflict',
      message: 'a task that is COMPLETED cannot take "cancel"; it can take: requeue',
      extra: { currentState: 'COMPLETED', allowedActions: ['requeue'] },
    })
  })

  test('P11 a running task is told at once in this process, and ends when its handler has', async () => {
    const queue = await openQueue([obedient])
    const { row } = await queue.engine.submit(alice, { name: 'obedient' })
    await queue.clock.advance(3_000)
    const asked = await queue.engine.cancel(alice, row.id)
    expect(asked.row).toMatchObject({ state: 'RUNNING', cancelRequestedAt: at('10:00:03'), attemptsLeft: 0 })
    await turns()
    expect(await queue.row(row.id)).toMatchObject({ state: 'CANCELED', finishedAt: at('10:00:03') })
    expect(path(await queue.row(row.id))).toEqual(['PENDING', 'RUNNING', 'RUNNING', 'CANCELED'])
  })

  test('P11 a running task of another process is told at its next heartbeat', async () => {
    const reasons: unknown[] = []
    const watched = defineTask({
      name: 'watched',
      timeout: '1h',
      run: (_, { signal }) =>
        new Promise((_, reject) =>
          signal.addEventListener('abort', () => {
            reasons.push(signal.reason)
            reject(signal.reason)
          }),
        ),
    })
    const store = openStore([watched])
    const { id } = await store.submit()
    const handled = store.worker([watched]).handle({ id, name: 'watched' })
    await store.clock.advance(1_000)
    await store.engine.cancel({ ...alice, owner: 'local' }, id)
    await store.clock.advance(8_999)
    expect((await store.row(id)).state).toBe('RUNNING')
    await store.clock.advance(1)
    expect(await handled).toBe('ack')
    expect(await store.row(id)).toMatchObject({ state: 'CANCELED', finishedAt: at('10:00:10') })
    expect(reasons).toEqual([expect.objectContaining({ why: 'canceled' })])
    expect(reasons[0]).toBeInstanceOf(AttemptAborted)
  })

  test('asked for twice changes nothing more', async () => {
    const queue = await openQueue([defineTask({ name: 'stubborn', timeout: '1h', run: () => new Promise(() => {}) })])
    const { row } = await queue.engine.submit(alice, { name: 'stubborn' })
    await queue.clock.advance(1)
    const first = await queue.engine.cancel(alice, row.id)
    expect((await queue.engine.cancel(alice, row.id)).row).toEqual(first.row)
  })

  test('P11 H59 a handler that completes although it was told to stop has won', async () => {
    const release = gateway<string>()
    const queue = await openQueue([defineTask({ name: 'deaf', run: () => release.promise })])
    const { row } = await queue.engine.submit(alice, { name: 'deaf' })
    await turns()
    await queue.engine.cancel(alice, row.id)
    release.open('done anyway')
    await turns()
    expect(await queue.row(row.id)).toMatchObject({ state: 'COMPLETED', result: '"done anyway"' })
  })

  test('P11 H59 a cancel that comes after the completion is refused', async () => {
    const release = gateway<string>()
    const queue = await openQueue([defineTask({ name: 'deaf', run: () => release.promise })])
    const { row } = await queue.engine.submit(alice, { name: 'deaf' })
    await turns()
    release.open('done')
    await turns()
    expect(await refusalOf(queue.engine.cancel(alice, row.id))).toMatchObject({
      code: 'conflict',
      extra: { currentState: 'COMPLETED' },
    })
  })

  for (const [what, end] of Object.entries({
    fails: () => Promise.reject(new Error('x')),
    'asks for another attempt': async () => (await import('../../shared/core/definition.ts')).retryIn('1s'),
    snoozes: async () => (await import('../../shared/core/definition.ts')).snooze('1s'),
    discards: async () => (await import('../../shared/core/definition.ts')).discard('x'),
  })) {
    test(`H51 a task that ${what} while a cancel is asked for is canceled, not tried again`, async () => {
      const release = gateway()
      const mixed = defineTask({ name: 'mixed', run: () => release.promise.then(end) })
      const store = openStore([mixed])
      const { id } = await store.submit()
      const handled = store.worker([mixed]).handle({ id, name: 'mixed' })
      await turns()
      // The request lands between the handler's end and the write of its outcome: the worker has not seen it.
      store.faults.before(isEnd, () => store.engine.cancel({ ...alice, owner: 'local' }, id))
      release.open()
      expect(await handled).toBe('ack')
      expect(await store.row(id)).toMatchObject({ state: 'CANCELED', attempt: 1 })
    })
  }

  test('H60 a task whose worker died ends CANCELED when its lease has run out', async () => {
    const store = openStore([obedient])
    const { id } = await store.submit()
    const first = store.worker([obedient])
    void first.handle({ id, name: 'obedient' })
    await turns()
    first.crash()
    await store.engine.cancel({ ...alice, owner: 'local' }, id)
    await store.clock.advance(31_999)
    expect(await store.worker([obedient]).handle({ id, name: 'obedient' })).toBe('ack')
    expect((await store.row(id)).state).toBe('RUNNING')
    await store.clock.advance(1)
    expect(await store.worker([obedient]).handle({ id, name: 'obedient' })).toBe('ack')
    expect(await store.row(id)).toMatchObject({ state: 'CANCELED', attempt: 1 })
    expect(store.count('attempt.started')).toBe(1)
  })
})
