import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { NetworkError, Pulse, RateLimitedError, UnavailableError } from '../../shared/sdk/index.ts'
import { FakeApi, problem, shownTask, TASK_ID, virtualEdges } from './fake-api.ts'

const api = new FakeApi()
/** An address where nobody listens. */
let nowhere = ''
beforeAll(async () => {
  await api.start()
  const gone = new FakeApi()
  await gone.start()
  nowhere = gone.url
  gone.stop()
})
afterAll(() => api.stop())

const found = { status: 200, body: shownTask() }

function client(options: { maxRetries?: number; timeout?: number; random?: number } = {}) {
  const { random, ...rest } = options
  const edges = virtualEdges(random)
  return { pulse: new Pulse({ url: api.url, ...rest }, edges), edges }
}

describe('repeats', () => {
  test.each([429, 502, 503, 504])('after a %i, with growing pauses', async status => {
    const { pulse, edges } = client()
    api.answer({ status }, { status }, { status }, { status }, found)
    expect(await pulse.get(TASK_ID)).toMatchObject({ id: TASK_ID })
    expect(edges.sleeps).toEqual([100, 200, 400, 800])
  })
  test('after a lost connection', async () => {
    const { pulse } = client()
    api.answer('lost', 'lost', found)
    expect(await pulse.get(TASK_ID)).toMatchObject({ id: TASK_ID })
  })
  test.each([400, 401, 403, 404, 409, 412, 422, 500])('never after a %i', async status => {
    const { pulse, edges } = client()
    api.answer({ status })
    await expect(pulse.get(TASK_ID)).rejects.toMatchObject({ status })
    expect(api.seen).toHaveLength(1)
    expect(edges.sleeps).toEqual([])
  })
  test('are at most four by default, or as many as is said', async () => {
    api.answer({ status: 503 })
    await expect(client().pulse.get(TASK_ID)).rejects.toBeInstanceOf(UnavailableError)
    expect(api.seen).toHaveLength(5)
    api.answer({ status: 503 })
    await expect(client({ maxRetries: 0 }).pulse.get(TASK_ID)).rejects.toBeInstanceOf(UnavailableError)
    expect(api.seen).toHaveLength(1)
  })
  test('have full jitter: from 0 to the whole delay, at most 5 s', async () => {
    for (const [random, sleeps] of [
      [0, [0, 0, 0, 0, 0, 0, 0]],
      [0.999_999, [199, 399, 799, 1_599, 3_199, 4_999, 4_999]],
    ] as const) {
      const { pulse, edges } = client({ maxRetries: 7, random })
      api.answer('lost')
      await expect(pulse.get(TASK_ID)).rejects.toBeInstanceOf(NetworkError)
      expect(edges.sleeps).toEqual(sleeps)
    }
  })
})

describe('Retry-After', () => {
  test('in seconds is the least that is waited, and jitter comes on top', async () => {
    const { pulse, edges } = client()
    api.answer({ status: 429, headers: { 'retry-after': '7' } }, found)
    await pulse.get(TASK_ID)
    expect(edges.sleeps).toEqual([7_100])
  })
  test('may be a date', async () => {
    const { pulse, edges } = client({ random: 0 })
    const date = new Date(edges.now() + 9_000).toUTCString()
    api.answer({ status: 503, headers: { 'retry-after': date } }, found)
    await pulse.get(TASK_ID)
    expect(edges.sleeps).toEqual([9_000])
  })
  test('that cannot be read, or lies in the past, counts for nothing', async () => {
    for (const header of ['soon', '-1', 'Wed, 01 Jan 2020 00:00:00 GMT']) {
      const { pulse, edges } = client()
      api.answer({ status: 503, headers: { 'retry-after': header } }, found)
      await pulse.get(TASK_ID)
      expect(edges.sleeps).toEqual([100])
    }
  })
  test('of more than a minute is left to the caller', async () => {
    const { pulse, edges } = client()
    api.answer({
      ...(problem(429, 'rate_limited', 'the quota is spent') as object),
      status: 429,
      headers: { 'retry-after': '61' },
    })
    const error = await pulse.get(TASK_ID).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(RateLimitedError)
    expect(error).toMatchObject({ retryAfterMs: 61_000, message: 'the quota is spent (try again in 61 s)' })
    expect(edges.sleeps).toEqual([])
  })
})

describe('what must not happen twice', () => {
  const risky = {
    requeue: (pulse: Pulse) => pulse.requeue(TASK_ID),
    edit: (pulse: Pulse) => pulse.edit(TASK_ID, { priority: 1 }),
    requeueDeadLetters: (pulse: Pulse) => pulse.requeueDeadLetters({ all: true }),
  }
  for (const [name, call] of Object.entries(risky)) {
    test(`${name} is not repeated when its answer is lost, and the error says that it may have happened`, async () => {
      for (const reply of ['lost', { status: 503 }, { status: 504 }] as const) {
        api.answer(reply)
        await expect(call(client().pulse)).rejects.toMatchObject({ outcomeUnknown: true })
        expect(api.seen).toHaveLength(1)
      }
    })
    test(`${name} is repeated when it cannot have been done`, async () => {
      api.answer({ status: 429 }, { status: 200, body: { ...shownTask(), requeued: [] } })
      await call(client().pulse)
      expect(api.seen).toHaveLength(2)
      const { edges } = client()
      const nobody = new Pulse({ url: nowhere, maxRetries: 3 }, edges)
      await expect(call(nobody)).rejects.toMatchObject({ code: 'network', outcomeUnknown: false })
      expect(edges.sleeps).toHaveLength(3)
    })
  }
  test('cancel is repeated; finding the task canceled by the lost try is a success', async () => {
    const canceled = { status: 200, body: shownTask({ state: 'CANCELED' }) }
    const conflict = problem(409, 'conflict', 'it has ended', { currentState: 'CANCELED', allowedActions: ['requeue'] })
    api.answer('lost', conflict, canceled)
    expect(await client().pulse.cancel(TASK_ID)).toMatchObject({ state: 'CANCELED' })
    api.answer(conflict, canceled)
    await expect(client().pulse.cancel(TASK_ID)).rejects.toMatchObject({ code: 'conflict', outcomeUnknown: false })
    const completed = problem(409, 'conflict', 'it has ended', {
      currentState: 'COMPLETED',
      allowedActions: ['requeue'],
    })
    api.answer('lost', completed)
    await expect(client().pulse.cancel(TASK_ID)).rejects.toMatchObject({ code: 'conflict', outcomeUnknown: true })
  })
})
