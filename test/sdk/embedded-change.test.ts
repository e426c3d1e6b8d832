import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  ConflictError,
  NotFoundError,
  PreconditionFailedError,
  Pulse,
  WaitTimeoutError,
} from '../../shared/sdk/index.ts'
import { echo } from '../../tasks/echo.ts'
import { flaky } from '../../tasks/flaky.ts'
import { sleep } from '../../tasks/sleep.ts'
import { type ServerProcess, startServerProcess } from './server-process.ts'

/** The client against the real server. */
let server: ServerProcess
let pulse: Pulse

beforeAll(async () => {
  server = await startServerProcess()
  pulse = new Pulse({ url: server.url })
})
afterAll(async () => expect(await server.stop()).toEqual({ code: 0, signal: null }))

const limit = { timeout: 15_000 }
/** A key and tag that no other test has. */
let count = 0
const unique = () => `test-${process.pid}-${count++}`

describe('reading', () => {
  test('lists are walked over pages, newest first, and filtered', async () => {
    const set = unique()
    const outcomes = await pulse.enqueueMany(
      Array.from({ length: 7 }, (_, index) => ({ task: echo, input: index, options: { tags: { set } } })),
    )
    const ids = outcomes.map(outcome => outcome.accepted && outcome.handle.id)
    for (const id of ids) await pulse.wait(String(id), limit)
    const listed: string[] = []
    const times: string[] = []
    for await (const task of pulse.list({ tag: `set:${set}`, state: ['COMPLETED', 'DEAD'], pageSize: 3 })) {
      listed.push(task.id)
      times.push(task.createdAt)
    }
    expect(listed.toSorted()).toEqual(ids.toSorted())
    expect(times).toEqual(times.toSorted().reverse())
    const page = await pulse.list({ tag: `set:${set}`, pageSize: 3 }).page()
    expect(page.items).toHaveLength(3)
    expect(page.nextCursor).toBeTypeOf('string')
    expect((await pulse.list({ tag: `set:${set}`, state: 'RUNNING' }).page()).items).toEqual([])
  })
  test('an unknown task', async () => {
    await expect(pulse.get('task_00000000000000000000000000')).rejects.toBeInstanceOf(NotFoundError)
    await expect(pulse.wait('../stats')).rejects.toBeInstanceOf(NotFoundError)
  })
  test('logs of a handler that logs nothing', async () => {
    const task = await pulse.wait(await pulse.enqueue(echo, 1), limit)
    expect((await pulse.logs(task.id).page()).items).toEqual([])
  })
  test('stats', async () => {
    const { totals, names, oldestWaiting, lastHour, pauses } = await pulse.stats()
    expect(totals.COMPLETED).toBeGreaterThan(0)
    expect(lastHour.COMPLETED).toBeGreaterThan(0)
    expect(names.map(({ name }) => name)).toContain('echo')
    expect([oldestWaiting === null || oldestWaiting.ageSeconds >= 0, pauses]).toEqual([true, []])
  })
})

describe('changing', () => {
  test('cancel tells a running task; wait gives up in time', async () => {
    const handle = await pulse.enqueue(sleep, { ms: 60_000 })
    await expect(pulse.wait(handle, { timeout: 300 })).rejects.toBeInstanceOf(WaitTimeoutError)
    expect(await pulse.get(handle)).toMatchObject({ state: 'RUNNING', leaseEndsAt: expect.any(String) })
    const edit = pulse.edit(handle, { priority: 1 })
    await expect(edit).rejects.toBeInstanceOf(ConflictError)
    await expect(edit).rejects.toMatchObject({ currentState: 'RUNNING', allowedActions: ['cancel'] })
    expect(await pulse.cancel(handle)).toMatchObject({ cancelRequested: true })
    expect(await pulse.wait(handle, limit)).toMatchObject({ state: 'CANCELED' })
    await expect(pulse.cancel(handle)).rejects.toMatchObject({
      code: 'conflict',
      currentState: 'CANCELED',
      allowedActions: ['requeue'],
    })
  })
  test('edit before the start, on the version that was read', async () => {
    const handle = await pulse.enqueue(echo, 'old', { delay: '1h', title: 'old' })
    const { version } = await pulse.get(handle)
    const edited = await pulse.edit(handle, { title: null, payload: 'new', priority: 1 }, { ifVersion: version })
    expect(edited).toMatchObject({ priority: 1, payload: 'new' })
    expect(edited).not.toHaveProperty('title')
    await expect(pulse.edit(handle, { title: 'x' }, { ifVersion: version })).rejects.toBeInstanceOf(
      PreconditionFailedError,
    )
    await pulse.edit(handle, { runAt: new Date() })
    expect(await pulse.wait(handle, limit)).toMatchObject({ state: 'COMPLETED', result: 'new' })
  })
  test('dead letters are listed and requeued, one or those that match', async () => {
    const handles = await Promise.all([1, 2].map(() => pulse.enqueue(flaky, { failures: 100 }, { maxAttempts: 1 })))
    const dead = await Promise.all(handles.map(handle => pulse.wait(handle, limit)))
    expect(dead.map(({ state }) => state)).toEqual(['DEAD', 'DEAD'])
    const ids = handles.map(({ id }) => id).toSorted()
    const letters: string[] = []
    for await (const letter of pulse.deadLetters({ name: 'flaky', pageSize: 1 })) letters.push(letter.id)
    expect(letters.toSorted()).toEqual(ids)

    const [first = ''] = ids
    expect(await pulse.requeue(first, { payload: { failures: 0 } })).toMatchObject({ run: 2 })
    expect(await pulse.wait(first, limit)).toMatchObject({ state: 'COMPLETED', run: 2, attempt: 1 })
    const { requeued, refused } = await pulse.requeueDeadLetters({ name: 'flaky' })
    expect([requeued, refused]).toEqual([[ids[1]], []])
    expect((await pulse.requeueDeadLetters({ ids: [first] })).refused).toMatchObject([
      { id: first, error: { code: 'conflict' } },
    ])
  })
  test('pause holds a name back until it is resumed', async () => {
    expect(await pulse.pause({ reason: 'test', name: 'sleep', for: '5m' })).toMatchObject({
      paused: false,
      pauses: [{ name: 'sleep', reason: 'test' }],
    })
    const handle = await pulse.enqueue(sleep, { ms: 1 })
    await expect(pulse.wait(handle, { timeout: 200 })).rejects.toMatchObject({ task: { state: 'PENDING' } })
    expect((await pulse.dispatch()).pauses).toHaveLength(1)
    expect(await pulse.resume({ name: 'sleep' })).toEqual({ paused: false, pauses: [] })
    expect(await pulse.wait(handle, limit)).toMatchObject({ state: 'COMPLETED' })
  })
})
