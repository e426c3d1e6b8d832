import { inspect } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { InternalError, NetworkError, Pulse } from '../../shared/sdk/index.ts'
import { FakeApi, shownTask, TASK_ID, virtualEdges } from './fake-api.ts'

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

function thrownBy(options: ConstructorParameters<typeof Pulse>[0]): unknown {
  try {
    return new Pulse(options)
  } catch (error) {
    return error
  }
}

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
    { apiKey: '' },
    { headers: { 'a b': 'c' } },
  ])('%j is refused', wrong => {
    expect(() => new Pulse({ url: api.url, ...wrong })).toThrow(TypeError)
  })
  test.each(['\r\nfoo', '\n', ' x', '…', '\u0000', 'ä'])('a key that no header can carry is not shown: %j', end => {
    const secret = 'pulse_sk_SECRET'
    const leaks = [{ apiKey: secret + end }, { headers: { authorization: `Bearer ${secret}\u0000${end}` } }]
    for (const [index, options] of leaks.entries()) {
      const error = thrownBy({ url: api.url, ...options })
      expect(error).toBeInstanceOf(TypeError)
      expect(inspect(error, { depth: 9, showHidden: true })).not.toContain('SECRET')
      expect(String(error)).toContain(['apiKey', '"authorization"'][index])
    }
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
