import { describe, expect, test } from 'vitest'
import { defineTask } from '../../shared/core/definition.ts'
import { openBatches, plain, waiting } from '../helpers/batches.ts'
import { at, turns } from '../helpers/clock.ts'
import { gateway } from '../helpers/engine.ts'
import { isClaim, isHeartbeat } from '../helpers/engine-workers.ts'

describe('the messages of a batch', () => {
  test('H37 are hidden for 35 s before anything else', async () => {
    const { submit, queue, worker, store } = openBatches([plain])
    const [row] = await submit(2)
    const hidden = gateway()
    queue.waitFor(hidden.promise)
    const run = worker().run(queue.receive())
    await turns()
    expect(queue.calls).toEqual([{ call: 'hide', at: at('10:00:00'), ids: ['message-1', 'message-2'], seconds: 35 }])
    expect(await store.row(row?.id ?? '')).toMatchObject({ state: 'PENDING', attempt: 0 })
    hidden.open()
    expect(await run).toEqual([])
    expect(await store.row(row?.id ?? '')).toMatchObject({ state: 'COMPLETED' })
    // A batch that is done soon costs this one call.
    expect(queue.calls).toHaveLength(1)
  })

  test('H37 that could not be hidden are not worked on, uncharged', async () => {
    const { submit, queue, worker, store, reports } = openBatches([plain])
    const [first, second] = await submit(2)
    queue.refuse('message-1')
    expect(await worker().run(queue.receive())).toEqual(['message-1'])
    expect(await store.row(first?.id ?? '')).toMatchObject({ state: 'PENDING', attempt: 0 })
    expect(await store.row(second?.id ?? '')).toMatchObject({ state: 'COMPLETED' })
    expect(reports).toEqual([{ what: 'notKept', messageId: 'message-1' }])
    // Once more before the answer, without the one that is done.
    expect(queue.calls.filter(({ call }) => call === 'hide').map(({ ids }) => ids)).toEqual([
      ['message-1', 'message-2'],
      ['message-1'],
    ])
  })

  test('H37 stay hidden while their tasks run, and those that are done or left are let go', async () => {
    const { store, queue, worker, release } = waiting()
    for (const name of ['waiting', 'plain']) queue.send(await store.submit({ name }))
    queue.sendText('malformed')
    const run = worker().run(queue.receive())
    for (let seconds = 10; seconds <= 120; seconds += 10) {
      await store.clock.advance(10_000)
      expect(queue.calls.filter(({ call }) => call === 'hide').at(-1)).toEqual({
        call: 'hide',
        at: at('10:00:00') + seconds * 1_000,
        ids: ['message-1'],
        seconds: 42,
      })
    }
    expect(queue.receive().map(({ messageId }) => messageId)).toEqual(['message-3'])
    release.open('done')
    expect(await run).toEqual(['message-3'])
  })

  test('H37 are never back before the lease has ended, whenever the worker dies', async () => {
    for (let seconds = 0; seconds <= 45; seconds += 0.7) {
      const { store, queue, worker } = waiting()
      const row = await store.submit({ name: 'waiting' })
      queue.send(row)
      const first = worker()
      // The claim is a moment later than the first act, and heartbeats fall behind further: they and the hiding are out of step.
      const late = (ms: number) => () => new Promise(resolve => store.clock.after(ms, () => resolve(undefined)))
      store.faults.before(isClaim, late(2_900))
      for (let beats = 0; beats < 4; beats++) store.faults.before(isHeartbeat, late(1_500))
      void first.run(queue.receive())
      await store.clock.advance(2_900 + seconds * 1_000)
      first.kill()
      const { wakeAt = 0 } = await store.row(row.id)
      const killedAt = store.clock.now()
      await store.clock.advance(wakeAt - killedAt - 1)
      expect(queue.receive()).toEqual([])
      // P6: claimable again, and with a message on its way, within a minute.
      await store.clock.advance(killedAt + 45_000 - store.clock.now())
      expect(queue.receive()).toHaveLength(1)
    }
  })

  test('H37 of an old batch are deleted as soon as their tasks are settled, and those that were before with them', async () => {
    const [slow, slower] = [gateway(), gateway()]
    const { store, queue, worker } = openBatches([
      plain,
      defineTask({ name: 'slow', timeout: '1m', run: () => slow.promise }),
      defineTask({ name: 'slower', timeout: '5m', run: () => slower.promise }),
    ])
    for (const name of ['plain', 'slow', 'slower']) queue.send(await store.submit({ name }))
    const run = worker().run(queue.receive())
    await store.clock.advance(19_000)
    expect(queue.ids()).toEqual(['message-1', 'message-2', 'message-3'])
    await store.clock.advance(2_000)
    expect(queue.ids()).toEqual(['message-2', 'message-3'])
    slow.open()
    await turns()
    expect(queue.ids()).toEqual(['message-3'])
    await store.clock.advance(100_000)
    expect(queue.receive()).toEqual([])
    slower.open()
    expect(await run).toEqual([])
  })

  test('H37 that could not be hidden again are told of, and tried again', async () => {
    const { store, queue, worker, release, reports } = waiting()
    queue.send(await store.submit({ name: 'waiting' }))
    const run = worker().run(queue.receive())
    await turns()
    queue.refuse('message-1')
    await store.clock.advance(10_000)
    expect(reports).toEqual([{ what: 'notKept', messageId: 'message-1' }])
    queue.refuse()
    await store.clock.advance(35_000)
    expect(queue.receive()).toEqual([])
    release.open('done')
    expect(await run).toEqual([])
  })

  test('H37 that could not be deleted early are deleted later', async () => {
    const { store, queue, worker, release, reports } = waiting()
    for (const name of ['plain', 'waiting']) queue.send(await store.submit({ name }))
    const run = worker().run(queue.receive())
    await store.clock.advance(15_000)
    queue.refuse('message-1')
    await store.clock.advance(6_000)
    expect(queue.ids()).toEqual(['message-1', 'message-2'])
    expect(reports).toEqual([{ what: 'notKept', messageId: 'message-1' }])
    queue.refuse()
    await store.clock.advance(10_000)
    expect(queue.ids()).toEqual(['message-2'])
    release.open('done')
    expect(await run).toEqual([])
  })
})
