import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { InternalError, NetworkError, Pulse, RateLimitedError, UnavailableError } from '../../shared/sdk/index.ts'
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
    api.answer(conflict)
    await expect(client().pulse.cancel(TASK_ID)).rejects.toMatchObject({ code: 'conflict', outcomeUnknown: false })
    const completed = problem(409, 'conflict', 'it has ended', {
      currentState: 'COMPLETED',
      allowedActions: ['requeue'],
    })
    api.answer('lost', completed)
    await expect(client().pulse.cancel(TASK_ID)).rejects.toMatchObject({ code: 'conflict', outcomeUnknown: true })
  })
})

describe('time', () => {
  test('a request without an answer is given up after its timeout, and repeated', async () => {
    api.answer('silent', found)
    expect(await client({ timeout: 50 }).pulse.get(TASK_ID)).toMatchObject({ id: TASK_ID })
    api.answer('silent')
    const error = await client({ timeout: 50, maxRetries: 0 })
      .pulse.get(TASK_ID)
      .catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(NetworkError)
    expect(error).toMatchObject({
      outcomeUnknown: true,
      message: `${api.url} gave no answer in time: is it overloaded?`,
    })
  })
  test('a signal ends the call with its reason: before, during and between the tries', async () => {
    const reason = new Error('enough')
    api.answer(found)
    await expect(client().pulse.get(TASK_ID, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
    expect(api.seen).toHaveLength(0)

    const during = new AbortController()
    api.answer(() => {
      during.abort(reason)
      return 'silent'
    })
    await expect(client().pulse.get(TASK_ID, { signal: during.signal })).rejects.toBe(reason)

    const between = new AbortController()
    const edges = { ...virtualEdges(), sleep: () => new Promise<void>((_, reject) => reject(reason)) }
    api.answer({ status: 503 })
    await expect(new Pulse({ url: api.url }, edges).get(TASK_ID, { signal: between.signal })).rejects.toBe(reason)
  })
  test('the real pause is as long as it says and ends at once when its signal aborts', async () => {
    const { realEdges } = await import('../../shared/sdk/retry.ts')
    const started = performance.now()
    await realEdges.sleep(30)
    expect(performance.now() - started).toBeGreaterThanOrEqual(28)
    const controller = new AbortController()
    const pause = realEdges.sleep(60_000, controller.signal)
    controller.abort(new Error('enough'))
    await expect(pause).rejects.toThrow('enough')
    await expect(realEdges.sleep(60_000, controller.signal)).rejects.toThrow('enough')
  })
})

describe('answers that no Pulse server gives', () => {
  test('a redirect is named and not followed', async () => {
    api.answer({ status: 308, headers: { location: 'https://pulse.test/' } })
    await expect(client().pulse.enqueue('echo', 1)).rejects.toThrow(/redirects to https:\/\/pulse\.test\//)
    expect(api.seen).toHaveLength(1)
  })
  test('a page instead of JSON', async () => {
    api.answer({ status: 200, body: '<html>' })
    await expect(client().pulse.stats()).rejects.toThrow(/answers 200 without JSON: is this the url of a Pulse server/)
    expect(api.seen).toHaveLength(1)
  })
  test('an error page of a proxy is judged by its status', async () => {
    api.answer({ status: 500, body: '<html>' })
    await expect(client().pulse.stats()).rejects.toBeInstanceOf(InternalError)
    api.answer({ status: 418, body: 'teapot' })
    await expect(client().pulse.stats()).rejects.toMatchObject({ code: 'malformed', status: 418 })
  })
  test('nobody there', async () => {
    const pulse = new Pulse({ url: nowhere, maxRetries: 0 })
    await expect(pulse.stats()).rejects.toThrow(
      `cannot reach ${nowhere} (ECONNREFUSED): is the server running, and is this its url?`,
    )
  })
})

describe('options', () => {
  test.each(['', 'localhost:3000', '/api', 'ftp://pulse.test', 'http://user:pass@pulse.test'])(
    'url %j is refused',
    url => {
      expect(() => new Pulse({ url })).toThrow(TypeError)
    },
  )
  test.each([
    { timeout: -1 },
    { timeout: 1.5 },
    { maxRetries: Number.NaN },
    { apiKey: 'a\nb' },
    { headers: { 'a b': 'c' } },
  ])('%j is refused', wrong => {
    expect(() => new Pulse({ url: api.url, ...wrong })).toThrow(TypeError)
  })
  test('a path is kept, with or without a slash at its end', async () => {
    for (const end of ['/stage', '/stage/', '/stage//']) {
      api.answer(found)
      await new Pulse({ url: api.url + end }).get(TASK_ID)
      expect(api.last().url).toBe(`/stage/api/v1/tasks/${TASK_ID}`)
    }
  })
  test('headers and another fetch are used', async () => {
    api.answer(found)
    const asked: string[] = []
    const spy: typeof fetch = (input, init) => {
      asked.push(String(input))
      return fetch(input, init)
    }
    await new Pulse({ url: api.url, fetch: spy, headers: { 'x-request-id': 'mine' } }).get(TASK_ID)
    expect(asked).toEqual([`${api.url}/api/v1/tasks/${TASK_ID}`])
    expect(api.last().headers).toMatchObject({ 'x-request-id': 'mine' })
    expect(api.last().headers).not.toHaveProperty('authorization')
  })
})
