import { describe, expect, test } from 'vitest'
import { defineTask } from '../../shared/core/definition.ts'
import { at, turns } from '../helpers/clock.ts'
import { admin, alice, gateway, openQueue } from '../helpers/engine.ts'

describe('wait', () => {
  const slow = () => {
    const release = gateway<string>()
    return { release, task: defineTask({ name: 'slow', timeout: '1h', run: () => release.promise }) }
  }

  test('answers with the end of a task soon after it', async () => {
    const { release, task } = slow()
    const queue = await openQueue([task])
    const { row } = await queue.engine.submit(alice, { name: 'slow' })
    const waited = queue.engine.wait(alice, row.id, 60_000)
    await queue.clock.advance(20_000)
    release.open('done')
    await queue.clock.advance(250)
    expect(await waited).toMatchObject({ row: { state: 'COMPLETED', finishedAt: at('10:00:20') }, result: '"done"' })
  })

  test('answers with the task as it is when the time is up', async () => {
    const { task } = slow()
    const queue = await openQueue([task])
    const { row } = await queue.engine.submit(alice, { name: 'slow' })
    let answered = false
    const waited = queue.engine.wait(alice, row.id, 5_000).finally(() => (answered = true))
    await queue.clock.advance(4_999)
    expect(answered).toBe(false)
    await queue.clock.advance(1)
    expect(await waited).toMatchObject({ row: { state: 'RUNNING' } })
  })

  test('of no time is a read', async () => {
    const { task } = slow()
    const queue = await openQueue([task], { running: false })
    const { row } = await queue.engine.submit(alice, { name: 'slow' })
    expect(await queue.engine.wait(alice, row.id, 0)).toMatchObject({ row: { state: 'PENDING' } })
  })

  test('ends when its caller has gone', async () => {
    const { task } = slow()
    const queue = await openQueue([task])
    const { row } = await queue.engine.submit(alice, { name: 'slow' })
    const caller = new AbortController()
    const waited = queue.engine.wait(alice, row.id, 60_000, caller.signal)
    await queue.clock.advance(1_000)
    caller.abort()
    expect(await waited).toMatchObject({ row: { state: 'RUNNING' } })
    expect(await queue.engine.wait(alice, row.id, 60_000, caller.signal)).toMatchObject({ row: { state: 'RUNNING' } })
  })
})

describe('stats', () => {
  const plain = defineTask({ name: 'plain', run: () => 1 })
  const broken = defineTask({
    name: 'broken',
    retry: { maxAttempts: 1 },
    run() {
      throw new Error('x')
    },
  })

  test('S7 show counts, the ends of the last hour, the oldest waiting task, and the pauses', async () => {
    const queue = await openQueue([plain, broken])
    await queue.submit()
    await queue.clock.advance(90_000)
    await queue.submit({ name: 'broken' })
    await queue.submit({ name: 'broken' })
    await turns()
    await queue.engine.pause(admin, { kind: 'name', name: 'plain' }, 'x')
    await queue.clock.advance(3_000)
    const oldest = await queue.submit({ priority: 5 })
    await queue.clock.advance(1_000)
    await queue.submit({ priority: 1 })
    await queue.clock.advance(2_000)
    expect(await queue.engine.stats(admin)).toEqual({
      counts: [
        { name: 'broken', state: 'DEAD', count: 2 },
        { name: 'plain', state: 'COMPLETED', count: 1 },
        { name: 'plain', state: 'PENDING', count: 2 },
      ],
      ends: [
        { minute: at('10:00:00'), name: 'plain', state: 'COMPLETED', count: 1 },
        { minute: at('10:01:00'), name: 'broken', state: 'DEAD', count: 2 },
      ],
      oldestWaiting: { id: oldest.id, name: 'plain', runAt: at('10:01:33') },
      pauses: [expect.objectContaining({ reason: 'x' })],
    })
  })

  test('of an empty queue are empty, and ends older than an hour are left out', async () => {
    const queue = await openQueue([plain])
    expect(await queue.engine.stats(admin)).toEqual({ counts: [], ends: [], pauses: [] })
    await queue.submit()
    await queue.clock.advance(3_661_000)
    expect((await queue.engine.stats(admin)).ends).toEqual([])
  })
})

describe('dead letters', () => {
  test('S5 list the dead of an owner with their errors', async () => {
    const broken = defineTask({
      name: 'broken',
      retry: { maxAttempts: 1 },
      run() {
        throw new RangeError('shelf 12 is empty')
      },
    })
    const queue = await openQueue([broken])
    const { row } = await queue.engine.submit(alice, { name: 'broken' })
    await queue.submit()
    await queue.clock.advance(1)
    expect((await queue.engine.listDead(alice, { limit: 9 })).rows).toMatchObject([
      {
        id: row.id,
        lastError: {
          name: 'RangeError',
          message: 'shelf 12 is empty',
          fingerprint: expect.stringMatching(/^[0-9a-f]{16}$/),
        },
      },
    ])
    expect((await queue.engine.listDead(admin, { limit: 9 })).rows).toHaveLength(2)
  })
})
