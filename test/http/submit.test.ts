import { describe, expect, test } from 'vitest'
import { openApi } from './setup.ts'

describe('POST /api/v1/tasks', () => {
  test('S1-05 the seed call {title, description, priority} works as written, trailing slash included', async () => {
    const api = await openApi()
    const answer = await api.call('POST', '/api/v1/tasks/', {
      body: { title: 'Call mum', description: 'on Sunday', priority: 2 },
    })
    expect(answer).toMatchObject({ status: 202, body: { name: 'default', state: 'PENDING', priority: 2, run: 1 } })
    expect(answer.headers.location).toBe(`/api/v1/tasks/${answer.body.id}`)
    const read = await api.call('GET', answer.headers.location ?? '')
    expect(read.body).toMatchObject({ title: 'Call mum', description: 'on Sunday', priority: 2, state: 'PENDING' })
  })

  test('every field that a submit may have comes back as it was meant', async () => {
    const api = await openApi()
    const { body, status } = await api.submit({
      name: 'echo',
      payload: { deep: [1, { __proto__: null, è: '☃' }] },
      priority: 'high',
      runAt: new Date(Date.now() + 3_600_000).toISOString(),
      expiresAt: new Date(Date.now() + 7_200_000).toISOString().replace('Z', '+00:00'),
      maxAttempts: 7,
      backoff: { kind: 'exponential', delay: '2s', factor: 3, cap: 'PT1M', jitter: 'none' },
      timeout: '90s',
      title: 'A title',
      description: 'A description',
      tags: { customer: '4711', constructor: 'yes' },
    })
    expect({ status, state: body.state }).toEqual({ status: 202, state: 'SCHEDULED' })
    const read = await api.call('GET', `/api/v1/tasks/${body.id}`)
    expect(read.body).toMatchObject({
      name: 'echo',
      payload: { deep: [1, { è: '☃' }] },
      priority: 1,
      maxAttempts: 7,
      attemptsLeft: 7,
      backoff: { kind: 'exponential', delay: '2s', factor: 3, cap: 'PT1M', jitter: 'none' },
      timeout: 'PT90S',
      title: 'A title',
      description: 'A description',
      tags: { customer: '4711', constructor: 'yes' },
      cancelRequested: false,
    })
    expect(Date.parse(read.body.expiresAt) - Date.parse(read.body.runAt)).toBeCloseTo(3_600_000, -3)
  })

  test.each([
    ['high', 1],
    ['low', 5],
    [4, 4],
  ])('priority %j is %d', async (priority, stored) => {
    const api = await openApi()
    expect((await api.submit({ priority })).body.priority).toBe(stored)
  })

  test('a payload of 256 KB fits', async () => {
    const api = await openApi()
    const payload = 'x'.repeat(256 * 1_024 - 2)
    const { body } = await api.submit({ payload })
    expect((await api.call('GET', `/api/v1/tasks/${body.id}`)).body.payload).toBe(payload)
  })

  test('a payload may be null, and differs from none', async () => {
    const api = await openApi()
    const withNull = await api.submit({ payload: null })
    const without = await api.submit({})
    expect((await api.call('GET', `/api/v1/tasks/${withNull.body.id}`)).text).toContain('"payload":null')
    expect((await api.call('GET', `/api/v1/tasks/${without.body.id}`)).text).not.toContain('payload')
  })

  test('P8 the same key and body give the same task; another body is refused; keys may be quoted', async () => {
    const api = await openApi()
    const first = await api.submit({ payload: 1 }, { 'idempotency-key': 'order 4711' })
    const again = await api.submit({ payload: 1 }, { 'idempotency-key': '"order 4711"' })
    const other = await api.submit({ payload: 2 }, { 'idempotency-key': 'order 4711' })
    expect(first.headers).not.toHaveProperty('idempotency-replayed')
    expect(again).toMatchObject({
      status: 202,
      body: { id: first.body.id },
      headers: { 'idempotency-replayed': 'true' },
    })
    expect(other).toMatchObject({ status: 422, body: { code: 'idempotency_key_reused' } })
  })

  test.each(['', 'ü', 'x'.repeat(256), '"open', 'tab\there'])(
    'an Idempotency-Key that is empty, not printable, unclosed or too long is malformed (%#)',
    async key => {
      const api = await openApi()
      expect(await api.submit({}, { 'idempotency-key': key })).toMatchObject({
        status: 400,
        body: { errors: [{ pointer: 'idempotency-key' }] },
      })
    },
  )

  test('P8 keys of two owners are different keys', async () => {
    const api = await openApi()
    const mine = await api.submit({ payload: 1 }, { 'idempotency-key': 'k', 'x-actor': 'ann:viewer' })
    const yours = await api.submit({ payload: 2 }, { 'idempotency-key': 'k', 'x-actor': 'ben:viewer' })
    expect(yours.status).toBe(202)
    expect(yours.body.id).not.toBe(mine.body.id)
  })

  test('Prefer: wait gives the whole task at its end', async () => {
    const api = await openApi({ running: true })
    const { status, headers, body } = await api.submit(
      { name: 'echo', payload: [1, 2] },
      { prefer: 'respond-async, wait=20' },
    )
    expect({ status, applied: headers['preference-applied'] }).toEqual({ status: 202, applied: 'wait=20' })
    expect(body).toMatchObject({
      state: 'COMPLETED',
      result: [1, 2],
      attempt: 1,
      history: [{ state: 'PENDING' }, { state: 'RUNNING' }, { state: 'COMPLETED', attempt: 1 }],
    })
  })

  test('a wait is cut to what the setting and the time of the process allow', async () => {
    const api = await openApi({ maxWaitMs: 15_000 })
    const stopping = AbortSignal.abort()
    const wish = { headers: { prefer: 'wait=30' } }
    const { headers, body } = await api.call('POST', '/api/v1/tasks', { body: {}, ...wish, context: { stopping } })
    expect({ applied: headers['preference-applied'], state: body.state }).toEqual({
      applied: 'wait=15',
      state: 'PENDING',
    })
    const late = await api.call('GET', `/api/v1/tasks/${body.id}`, {
      ...wish,
      context: { stopping, getRemainingTimeInMillis: () => 4_500 },
    })
    expect(late.headers['preference-applied']).toBe('wait=3')
  })

  test.each(['wait', 'wait=soon', 'wait=-1', 'handling=lenient', 'wait=0'])(
    'Prefer: %s is no wish to wait',
    async prefer => {
      const api = await openApi()
      expect((await api.submit({}, { prefer })).headers).not.toHaveProperty('preference-applied')
    },
  )

  test('traceparent is kept when valid, and ignored when not', async () => {
    const api = await openApi()
    const valid = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
    const stored = async (traceparent: string) => {
      const { body } = await api.submit({}, { traceparent })
      return (await api.embedded.backend.tasks.read(body.id))?.traceparent
    }
    expect(await stored(valid)).toBe(valid)
    expect(await stored(valid.replace('0af7651916cd43dd8448eb211c80319c', '0'.repeat(32)))).toBeUndefined()
    expect(await stored('junk')).toBeUndefined()
  })
})
