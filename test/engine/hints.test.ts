import { describe, expect, test } from 'vitest'
import { defineTask } from '../../shared/core/definition.ts'
import { openGate } from '../../shared/core/dispatch.ts'
import { at, turns } from '../helpers/clock.ts'
import { gateway } from '../helpers/engine.ts'
import { isClaim, isEnd, openStore } from '../helpers/engine-workers.ts'

let runs = 0
const plain = defineTask({ name: 'plain', run: () => ++runs })
const other = defineTask({ name: 'other', run: () => 1 })
const broken = defineTask({
  name: 'broken',
  retry: { backoff: { kind: 'fixed', delay: '1m', jitter: 'none' } },
  run() {
    throw new Error('x')
  },
})
const nobody = { id: 'task_00000000000000000000000000', name: 'plain' }

describe('a hint', () => {
  test('H28 of a task that does not exist is acknowledged, told, and creates nothing', async () => {
    const store = openStore([plain])
    expect(await store.worker([plain]).handle(nobody)).toBe('ack')
    expect(store.count('hint.unknownTask')).toBe(1)
    expect(await store.backend.tasks.read(nobody.id)).toBeUndefined()
    expect(await store.backend.stats.counts()).toEqual([])
  })

  test('H102 of a name that this version does not know is left for one that does, and charges nothing', async () => {
    const store = openStore([plain])
    const row = await store.submit()
    expect(await store.worker([other]).handle(row)).toBe('leave')
    expect(store.count('hint.unknownName')).toBe(1)
    expect(await store.row(row.id)).toEqual(row)
    expect(await store.worker([plain]).handle(row)).toBe('ack')
    expect((await store.row(row.id)).state).toBe('COMPLETED')
  })

  test('H102 of a row of a newer format is neither run nor lost', async () => {
    const store = openStore([plain])
    const row = await store.submit()
    await store.backend.tasks.commit({ task: row.id, expect: [], set: { schemaVersion: 99 } })
    expect(await store.worker([plain]).handle(row)).toBe('leave')
    expect(store.faults.sent).toEqual([])
    expect(await store.row(row.id)).toMatchObject({ state: 'PENDING', attempt: 0 })
  })

  test('H32 of a paused name is acknowledged and charges nothing: resume finds the row', async () => {
    const store = openStore([plain, other])
    const row = await store.submit()
    const gate = { ...openGate, names: new Set(['plain']) }
    expect(await store.worker([plain], () => gate).handle(row)).toBe('ack')
    expect(await store.worker([plain], async () => gate).handle(row)).toBe('ack')
    expect(await store.row(row.id)).toEqual(row)
  })

  test('H32 H65 under a pause of everything is left, and charges nothing', async () => {
    const store = openStore([plain])
    const row = await store.submit()
    expect(await store.worker([plain], () => ({ ...openGate, all: true })).handle(row)).toBe('leave')
    expect(await store.row(row.id)).toEqual(row)
  })

  test('H32 of a task in a paused priority is judged by the row, which says when to look again', async () => {
    const store = openStore([plain])
    const row = await store.submit({ priority: 4 })
    const worker = store.worker([plain], () => ({ ...openGate, priorities: [4] }))
    expect(await worker.handle(row)).toBe('ack')
    expect(store.faults.sent).toEqual([{ task: row.id, at: at('10:00:10') }])
    expect(await store.row(row.id)).toEqual(row)
  })

  test('H29 H39 that comes again after the end is acknowledged and changes nothing', async () => {
    const store = openStore([plain])
    const row = await store.submit()
    const worker = store.worker([plain])
    expect(await worker.handle(row)).toBe('ack')
    const ended = await store.row(row.id)
    const before = runs
    for (let again = 0; again < 3; again++) expect(await worker.handle(row)).toBe('ack')
    expect(runs).toBe(before)
    expect(await store.row(row.id)).toEqual(ended)
  })

  test('H30 H46 H47 that comes before its time is sent again for it, whichever write it knew of', async () => {
    const store = openStore([broken])
    const row = await store.submit()
    const worker = store.worker([broken])
    expect(await worker.handle(row)).toBe('ack')
    expect((await store.row(row.id)).runAt).toBe(at('10:01:00'))
    expect(await worker.handle(row)).toBe('ack')
    expect(store.faults.sent).toEqual([{ task: row.id, at: at('10:01:00') }])
    expect((await store.row(row.id)).attempt).toBe(1)
  })

  test('H25 of a task that another message holds is spare: it looks again when the lease ends', async () => {
    const release = gateway()
    const slow = defineTask({ name: 'slow', run: () => release.promise })
    const store = openStore([slow])
    const row = await store.submit()
    const handled = store.worker([slow]).handle(row)
    await turns()
    const other = store.worker([slow])
    expect(await other.handle(row)).toBe('ack')
    expect(store.faults.sent).toEqual([{ task: row.id, at: at('10:00:32') }])
    release.open()
    await handled
    expect(await other.handle(row)).toBe('ack')
    expect(store.faults.sent).toHaveLength(1)
  })

  test('P5 H25 that came twice may be deleted under its holder: the spare one brings the task back when that dies', async () => {
    const release = gateway()
    const slow = defineTask({ name: 'slow', run: () => release.promise })
    const store = openStore([slow])
    const row = await store.submit({ delayMs: 20_000 })
    const [first, twin, spare] = [store.worker([slow]), store.worker([slow]), store.worker([slow])]
    // It comes early: a new one is sent, and it is deleted.
    expect(await first.handle(row)).toBe('ack')
    expect(store.faults.sent).toEqual([{ task: row.id, at: at('10:00:20') }])
    store.clock.set(at('10:00:20'))
    void twin.handle(row)
    await turns()
    expect(await store.row(row.id)).toMatchObject({ state: 'RUNNING', attempt: 1 })
    expect(await spare.handle(row)).toBe('ack')
    twin.crash()
    expect(store.faults.sent.at(-1)).toEqual({ task: row.id, at: at('10:00:52') })
    store.clock.set(at('10:00:52'))
    release.open()
    expect(await spare.handle(row)).toBe('ack')
    expect(await store.row(row.id)).toMatchObject({ state: 'COMPLETED', attempt: 2 })
  })

  test('H2 H6 H47 is not sent for a task that could not be stored', async () => {
    const store = openStore([plain])
    store.faults.down(true)
    await expect(store.submit({}, 'key-1')).rejects.toThrow('cut the line')
    expect(store.faults.sent).toEqual([])
    store.faults.down(false)
    expect(await store.backend.stats.counts()).toEqual([])
  })

  test('H25 H31 two burials at once: one ends the task, the other is acknowledged', async () => {
    const store = openStore([plain])
    const row = await store.submit({ expiresAt: at('10:00:30') })
    store.clock.set(at('10:00:30'))
    const workers = [store.worker([plain]), store.worker([plain])]
    expect(await Promise.all(workers.map(worker => worker.handle(row)))).toEqual(['ack', 'ack'])
    expect(store.count('task.buried')).toBe(1)
    expect(await store.row(row.id)).toMatchObject({ state: 'EXPIRED' })
  })

  test('H60 a burial that comes second is judged anew: the row may wait for later by then', async () => {
    const store = openStore([plain])
    const row = await store.submit({ expiresAt: at('10:00:30') })
    store.clock.set(at('10:00:30'))
    store.faults.before(isEnd, () =>
      store.backend.tasks.commit({
        task: row.id,
        expect: [],
        set: { wakeAt: at('10:20:00'), version: row.version + 5 },
      }),
    )
    expect(await store.worker([plain]).handle(row)).toBe('ack')
    expect(store.faults.sent).toEqual([{ task: row.id, at: at('10:20:00') }])
  })

  test('two burials lost in a row: the hint comes back instead of going in circles', async () => {
    const store = openStore([plain])
    const row = await store.submit({ expiresAt: at('10:00:30') })
    store.clock.set(at('10:00:30'))
    store.faults.before(isEnd, () =>
      store.backend.tasks.commit({ task: row.id, expect: [], set: { title: 'touched', version: row.version + 5 } }),
    )
    expect(await store.worker([plain]).handle(row)).toBe('leave')
    expect(await store.worker([plain]).handle(row)).toBe('ack')
    expect(await store.row(row.id)).toMatchObject({ state: 'EXPIRED', title: 'touched' })
  })

  test('H26 a claim refused by a store that answers with anything but an outage is not read again', async () => {
    const store = openStore([plain])
    const row = await store.submit()
    store.faults.before(isClaim, async () => {
      throw new TypeError('a mistake of ours')
    })
    await expect(store.worker([plain]).handle(row)).rejects.toThrow(TypeError)
  })
})

test('H45 H91 a worker that dies right after its outcome was written leaves nothing undone: counters are part of the write', async () => {
  const store = openStore([plain])
  const row = await store.submit()
  const worker = store.worker([plain])
  store.faults.before(isEnd, async () => worker.crash())
  void worker.handle(row)
  await turns()
  expect(store.count('attempt.ended')).toBe(0)
  expect((await store.row(row.id)).state).toBe('COMPLETED')
  expect(await store.backend.stats.counts()).toEqual([{ name: 'plain', state: 'COMPLETED', count: 1 }])
  expect(await store.worker([plain]).handle(row)).toBe('ack')
})

test('a change on a task that somebody else keeps changing is given up, and says so', async () => {
  const store = openStore([plain])
  const row = await store.submit({ delayMs: 60_000 })
  for (let version = 1; version <= 5; version++) {
    store.faults.before(isEnd, () =>
      store.backend.tasks.commit({ task: row.id, expect: [], set: { version: row.version + version } }),
    )
  }
  const actor = { owner: 'local', by: 'local', role: 'admin' } as const
  await expect(store.engine.cancel(actor, row.id)).rejects.toMatchObject({ code: 'unavailable' })
  expect((await store.engine.cancel(actor, row.id)).row.state).toBe('CANCELED')
})
