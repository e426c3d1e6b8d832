import { describe, expect, test } from 'vitest'
import { defineTask } from '../../shared/core/definition.ts'
import { openGate } from '../../shared/core/dispatch.ts'
import { openBatches } from '../helpers/batches.ts'
import { at, turns } from '../helpers/clock.ts'
import { gateway } from '../helpers/engine.ts'
import { isClaim, isEnd } from '../helpers/engine-workers.ts'

const plain = defineTask({ name: 'plain', run: () => 'done' })
const other = defineTask({ name: 'other', run: () => 'done' })

describe('a batch', () => {
  test('H57 answers with the messages that must come back, and with no others', async () => {
    const { submit, queue, worker, store } = openBatches([plain])
    const rows = await submit(3)
    const unknown = queue.send({ id: 'task_00000000000000000000000000', name: 'plain' })
    const foreign = queue.send({ id: rows[0]?.id ?? '', name: 'of another version' })
    const malformed = queue.sendText('{"task":')
    expect(await worker().run(queue.receive())).toEqual([foreign, malformed])
    expect(queue.ids()).toEqual([foreign, malformed])
    expect(unknown).not.toBe('')
    for (const { id } of rows) expect((await store.row(id)).state).toBe('COMPLETED')
  })

  test('H57 of which all is done answers with an empty list', async () => {
    const { submit, queue, worker } = openBatches([plain])
    await submit(2)
    expect(await worker().run(queue.receive())).toEqual([])
    expect(queue.ids()).toEqual([])
    expect(await worker().run([])).toEqual([])
  })

  test.each([
    ['no JSON', 'hello', 'it is not JSON'],
    ['nothing', 'null', 'it is not an object'],
    ['no id', '{"name":"plain"}', '"task" is not the id of a task'],
    ['an id of something else', '{"task":"sch_1","name":"plain"}', '"task" is not the id of a task'],
    ['no name', '{"task":"task_00000000000000000000000000"}', '"name" is not the name of a task'],
  ])('H57 with a message that holds %s leaves that one, and says why', async (_, body, why) => {
    const { submit, queue, worker, reports, store } = openBatches([plain])
    const [row] = await submit()
    const messageId = queue.sendText(body)
    expect(await worker().run(queue.receive())).toEqual([messageId])
    expect(reports).toEqual([{ what: 'malformed', messageId, why }])
    expect((await store.row(row?.id ?? '')).state).toBe('COMPLETED')
  })

  test('H57 in which one record meets an error that nobody foresaw: it alone comes back', async () => {
    const { submit, queue, worker, store, events } = openBatches([plain])
    const [, second, third] = await submit(3)
    store.faults.before(isClaim, async () => {
      throw new TypeError('a mistake of ours')
    })
    expect(await worker().run(queue.receive())).toEqual(['message-1'])
    expect(events.filter(({ type }) => type === 'store.failed')).toHaveLength(1)
    expect((await store.row(second?.id ?? '')).state).toBe('COMPLETED')
    expect((await store.row(third?.id ?? '')).state).toBe('COMPLETED')
  })

  test('H40 is answered when all that it has written is written, and not before', async () => {
    const { submit, queue, worker, store } = openBatches([plain])
    await submit()
    const written = gateway()
    store.faults.before(isEnd, () => written.promise)
    let answered = false
    const run = worker()
      .run(queue.receive())
      .then(failed => {
        answered = true
        return failed
      })
    await turns()
    expect(answered).toBe(false)
    expect(queue.ids()).toHaveLength(1)
    written.open()
    expect(await run).toEqual([])
  })

  test('H39 a message whose task has ended already is acknowledged, and nothing runs again', async () => {
    const { submit, queue, worker, store } = openBatches([plain])
    const [row] = await submit()
    const first = worker()
    // Its last write is applied, and that is all: the queue never hears of it.
    store.faults.before(isEnd, async () => first.kill())
    void first.run(queue.receive())
    await store.clock.advance(35_000)
    expect((await store.row(row?.id ?? '')).state).toBe('COMPLETED')
    expect(queue.ids()).toEqual(['message-1'])
    expect(await worker().run(queue.receive())).toEqual([])
    expect(await store.row(row?.id ?? '')).toMatchObject({ state: 'COMPLETED', attempt: 1 })
    expect(queue.ids()).toEqual([])
  })

  test('H30 H47 an early message is replaced by one for its time', async () => {
    const { queue, worker, store } = openBatches([plain])
    const row = await store.submit({ delayMs: 60_500 })
    queue.send(row)
    expect(await worker().run(queue.receive())).toEqual([])
    expect(store.faults.sent).toEqual([{ task: row.id, at: at('10:01:00') + 500 }])
    expect(await store.row(row.id)).toMatchObject({ state: 'PENDING', attempt: 0 })
    expect(queue.receive()).toEqual([])
    await store.clock.advance(60_500)
    expect(await worker().run(queue.receive())).toEqual([])
    expect((await store.row(row.id)).state).toBe('COMPLETED')
    expect(queue.ids()).toEqual([])
  })

  test('H25 two messages of one task in a batch start it once', async () => {
    let starts = 0
    const counting = defineTask({ name: 'counting', run: () => ++starts })
    const { submit, queue, worker, store } = openBatches([counting])
    const [row] = await submit()
    queue.send(row ?? { id: '', name: '' })
    expect(await worker().run(queue.receive())).toEqual([])
    expect(starts).toBe(1)
    expect(await store.row(row?.id ?? '')).toMatchObject({ state: 'COMPLETED', attempt: 1 })
  })

  test('H32 H65 under a pause of everything comes back whole, and charges nothing', async () => {
    const { submit, queue, worker, store } = openBatches([plain])
    const [row] = await submit(2)
    const gate = async () => ({ ...openGate, all: true })
    expect(await worker([plain], gate).run(queue.receive())).toEqual(['message-1', 'message-2'])
    expect(await store.row(row?.id ?? '')).toMatchObject({ state: 'PENDING', attempt: 0 })
    await store.clock.advance(35_000)
    expect(await worker().run(queue.receive())).toEqual([])
    expect((await store.row(row?.id ?? '')).state).toBe('COMPLETED')
  })

  test('H32 messages of a paused name are acknowledged, and of a paused priority put off, uncharged both', async () => {
    const { queue, worker, store } = openBatches([plain, other])
    const named = await store.submit({ name: 'plain', priority: 2 })
    const urgent = await store.submit({ name: 'other', priority: 1 })
    for (const row of [named, urgent]) queue.send(row)
    const gate = () => ({ ...openGate, names: new Set(['plain']), priorities: [1 as const] })
    expect(await worker([plain, other], gate).run(queue.receive())).toEqual([])
    expect(store.faults.sent).toEqual([{ task: urgent.id, at: at('10:00:10') }])
    for (const { id } of [named, urgent]) expect(await store.row(id)).toMatchObject({ state: 'PENDING', attempt: 0 })
  })

  test('H32 H65 a switch that cannot be read lets nothing start', async () => {
    const { submit, queue, worker, store } = openBatches([plain])
    const [row] = await submit()
    const gate = async () => {
      throw new Error('no answer')
    }
    expect(await worker([plain], gate).run(queue.receive())).toEqual(['message-1'])
    expect(await store.row(row?.id ?? '')).toMatchObject({ state: 'PENDING', attempt: 0 })
  })

  test('H102 two versions share a queue: each runs what it knows, and leaves what it does not', async () => {
    const { queue, worker, store } = openBatches([plain, other])
    const rows = [await store.submit({ name: 'plain' }), await store.submit({ name: 'other' })]
    for (const row of rows) queue.send(row)
    expect(await worker([plain]).run(queue.receive())).toEqual(['message-2'])
    await store.clock.advance(35_000)
    expect(await worker([other]).run(queue.receive())).toEqual([])
    for (const { id } of rows) expect(await store.row(id)).toMatchObject({ state: 'COMPLETED', attempt: 1 })
  })

  test('H53 H102 a row of a newer format is left to who knows it, by the same message, uncharged', async () => {
    const { submit, queue, worker, store } = openBatches([plain])
    const [row] = await submit()
    await store.backend.tasks.commit({ task: row?.id ?? '', expect: [], set: { schemaVersion: 99 } })
    expect(await worker().run(queue.receive())).toEqual(['message-1'])
    expect(queue.ids()).toEqual(['message-1'])
    expect(await store.row(row?.id ?? '')).toMatchObject({ state: 'PENDING', attempt: 0 })
  })

  test('H106 a store that is out of reach acknowledges nothing', async () => {
    const { submit, queue, worker, store } = openBatches([plain])
    const [row] = await submit(2)
    store.faults.down(true)
    expect(await worker().run(queue.receive())).toEqual(['message-1', 'message-2'])
    store.faults.down(false)
    await store.clock.advance(35_000)
    expect(await worker().run(queue.receive())).toEqual([])
    expect(await store.row(row?.id ?? '')).toMatchObject({ state: 'COMPLETED', attempt: 1 })
  })
})
