import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { Pulse } from '../../shared/sdk/index.ts'
import { sleep } from '../../tasks/sleep.ts'
import { FakeApi, problem, shownTask, TASK_ID, virtualEdges } from './fake-api.ts'

const api = new FakeApi()
let pulse: Pulse
beforeAll(() => api.start())
afterAll(() => api.stop())
beforeEach(() => {
  pulse = new Pulse({ url: api.url, apiKey: 'pk_test' }, virtualEdges())
})

const UUID_V7 = /^"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"$/
const accepted = { status: 202, body: { id: TASK_ID, name: 'sleep', state: 'PENDING', priority: 3, run: 1 } }

test('a definition and its input become one request', async () => {
  api.answer(accepted)
  expect(await pulse.enqueue(sleep, { ms: 5 })).toEqual({ id: TASK_ID, state: 'PENDING', replayed: false })
  expect(api.seen).toHaveLength(1)
  const { method, url, headers, body } = api.last()
  expect([method, url]).toEqual(['POST', '/api/v1/tasks'])
  expect(headers).toMatchObject({
    authorization: 'Bearer pk_test',
    'content-type': 'application/json',
    accept: 'application/json',
  })
  expect(headers.prefer).toBeUndefined()
  expect(body).toEqual({ name: 'sleep', payload: { ms: 5 } })
})

test('every option travels under the name that the API gives it', async () => {
  api.answer(accepted)
  await pulse.enqueue('mail', null, {
    priority: 1,
    delay: '10m',
    expiresAt: new Date('2030-02-01T00:00:00Z'),
    maxAttempts: 7,
    backoff: { kind: 'fixed', delay: 50 },
    timeout: 90_000,
    title: 'a title',
    description: 'words',
    tags: { customer: '4711' },
    traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    idempotencyKey: 'order 4711 "x" \\',
  })
  expect(api.last().body).toEqual({
    name: 'mail',
    payload: null,
    priority: 1,
    delay: '10m',
    expiresAt: '2030-02-01T00:00:00.000Z',
    maxAttempts: 7,
    backoff: { kind: 'fixed', delay: 50 },
    timeout: 90_000,
    title: 'a title',
    description: 'words',
    tags: { customer: '4711' },
  })
  expect(api.last().headers).toMatchObject({
    traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    'idempotency-key': '"order 4711 \\"x\\" \\\\"',
  })
  await pulse.enqueue('mail', undefined, { runAt: '2030-02-01T09:00:00+01:00' })
  expect(api.last().body).toEqual({ name: 'mail', runAt: '2030-02-01T09:00:00+01:00' })
})

test('with `wait` the handle carries the whole task', async () => {
  const task = shownTask({ state: 'COMPLETED', result: { sleptMs: 5 } })
  api.answer({ status: 202, body: task, headers: { 'preference-applied': 'wait=3', 'idempotency-replayed': 'true' } })
  expect(await pulse.enqueue(sleep, { ms: 5 }, { wait: 2_001 })).toEqual({
    id: TASK_ID,
    state: 'COMPLETED',
    replayed: true,
    task,
  })
  expect(api.last().headers.prefer).toBe('wait=3')
})

describe('H4 the Idempotency-Key', () => {
  test('is always sent: a UUID of version 7, new for each call', async () => {
    api.answer(accepted)
    await pulse.enqueue('echo', 1)
    await pulse.enqueue('echo', 1)
    const keys = api.seen.map(({ headers }) => headers['idempotency-key'])
    expect(keys[0]).toMatch(UUID_V7)
    expect(keys[1]).toMatch(UUID_V7)
    expect(new Set(keys).size).toBe(2)
  })
  test('is the same, with the same body, in every repeat of one call', async () => {
    api.answer('lost', { status: 503 }, problem(429, 'rate_limited', 'slow down'), accepted)
    expect(await pulse.enqueue('echo', { at: 1 }, { runAt: new Date(0) })).toMatchObject({ id: TASK_ID })
    expect(api.seen).toHaveLength(4)
    expect(new Set(api.seen.map(({ headers, text }) => `${headers['idempotency-key']} ${text}`)).size).toBe(1)
    expect(api.last().headers['idempotency-key']).toMatch(UUID_V7)
  })
  test('of the caller is kept over the repeats too', async () => {
    api.answer({ status: 503 }, accepted)
    await pulse.enqueue('echo', 1, { idempotencyKey: 'order-4711' })
    expect(api.seen.map(({ headers }) => headers['idempotency-key'])).toEqual(['"order-4711"', '"order-4711"'])
  })
  test.each(['', ' x', 'x ', 'ü', 'a\nb', 'x'.repeat(256)])(
    'that no header can carry is refused: %j',
    async idempotencyKey => {
      api.answer(accepted)
      await expect(pulse.enqueue('echo', 1, { idempotencyKey })).rejects.toThrow(TypeError)
      await expect(pulse.enqueueMany([{ task: 'echo', input: 1, options: { idempotencyKey } }])).rejects.toThrow(
        TypeError,
      )
      expect(api.seen).toHaveLength(0)
    },
  )
})
