import { describe, expect, test } from 'vitest'
import { PulseError } from '../../shared/core/errors.ts'
import { StoreUnavailable } from '../../shared/ports/store-unavailable.ts'
import { openApi } from './setup.ts'

const path = '/api/v1/tasks'
const MEBIBYTE = 1_048_576

describe('hostile bodies', () => {
  test('SEC-29 a body of 1 MB is read, one byte more is 413, also in base64', async () => {
    const api = await openApi()
    const sized = (bytes: number) => `{"payload":"${'x'.repeat(bytes - 14)}"}`
    expect((await api.call('POST', path, { text: sized(MEBIBYTE) })).body.errors[0].pointer).toBe('/payload')
    expect(await api.call('POST', path, { text: sized(MEBIBYTE + 1) })).toMatchObject({
      status: 413,
      body: { code: 'payload_too_large' },
    })
    expect((await api.call('POST', path, { text: Buffer.from(sized(MEBIBYTE)) })).status).toBe(422)
    expect((await api.call('POST', path, { text: Buffer.from(sized(MEBIBYTE + 1)) })).status).toBe(413)
    // Counted in bytes, not characters.
    expect((await api.call('POST', path, { text: `{"payload":"${'é'.repeat(MEBIBYTE / 2)}"}` })).status).toBe(413)
  })

  test('SEC-29 depth 10,000 and 10,001 keys are 400, depth 64 and 10,000 keys pass', async () => {
    const api = await openApi()
    const nested = (levels: number) => `{"payload":${'['.repeat(levels)}${']'.repeat(levels)}}`
    const wide = (keys: number) =>
      JSON.stringify({ payload: Object.fromEntries(Array.from({ length: keys }, (_, index) => [`k${index}`, 0])) })
    expect((await api.call('POST', path, { text: nested(10_000) })).body.detail).toContain('nested deeper than 64')
    expect((await api.call('POST', path, { text: nested(63) })).status).toBe(202)
    expect((await api.call('POST', path, { text: wide(10_000) })).body.detail).toContain('more than 10000 keys')
    expect((await api.call('POST', path, { text: wide(9_999) })).status).toBe(202)
  })

  test.each([
    ['invalid UTF-8', Buffer.from([0x7b, 0x22, 0xc3, 0x28, 0x22, 0x3a, 0x31, 0x7d]), 'not valid UTF-8'],
    ['an overlong encoding', Buffer.from([0x22, 0xc0, 0xaf, 0x22]), 'not valid UTF-8'],
    ['half a pair in UTF-8', Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22]), 'not valid UTF-8'],
    ['nothing', '', 'not valid JSON'],
    ['a byte order mark', '\ufeff{}', 'not valid JSON'],
    ['half an object', '{"name":"echo"', 'not valid JSON'],
    ['two values', '{} {}', 'not valid JSON'],
    ['NaN', '{"payload":NaN}', 'not valid JSON'],
    ['a comment', '{/* */}', 'not valid JSON'],
    ['a doubled key', '{"title":"a","title":"b"}', '"title" is given twice'],
    ['a doubled key, once with escapes', '{"title":"a","\\u0074itle":"b"}', '"title" is given twice'],
    ['a doubled key deep in the payload', '{"payload":[{"a":{"x":1,"x":2}}]}', '"x" is given twice'],
  ])('%s is 400', async (_, text, detail) => {
    const api = await openApi()
    const answer = await api.call('POST', path, { text, headers: { 'content-type': 'application/json' } })
    expect(answer).toMatchObject({ status: 400, body: { code: 'malformed' } })
    expect(answer.body.detail).toContain(detail)
  })

  test.each([
    undefined,
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/jsonp',
    'application/json; charset=latin1',
    'application/json, text/plain',
  ])('SEC-32 the content type %s is 415', async type => {
    const api = await openApi()
    const headers = type === undefined ? { 'content-type': '' } : { 'content-type': type }
    expect(await api.call('POST', path, { text: '{}', headers })).toMatchObject({
      status: 415,
      body: { code: 'unsupported_media_type' },
    })
  })

  test.each(['application/json; charset=utf-8', 'Application/JSON;charset="UTF-8"', 'application/merge-patch+json'])(
    'the content type %s is JSON',
    async type => {
      const api = await openApi()
      expect((await api.call('POST', path, { text: '{}', headers: { 'content-type': type } })).status).toBe(202)
    },
  )

  test('SEC-32 compressed bodies are 415', async () => {
    const api = await openApi()
    expect((await api.call('POST', path, { text: '{}', headers: { 'content-encoding': 'gzip' } })).status).toBe(415)
  })

  test('SEC-30 prototype keys are inert data in a payload and refused elsewhere', async () => {
    const api = await openApi({ running: true })
    const payload = '{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}},"prototype":1}'
    const sent = await api.call('POST', path, {
      text: `{"name":"echo","payload":${payload}}`,
      headers: { prefer: 'wait=20' },
    })
    expect(sent.body.state).toBe('COMPLETED')
    expect(sent.text).toContain(`"payload":${payload}`)
    expect(sent.text).toContain(`"result":${payload}`)
    for (const key of ['__proto__', 'constructor', 'prototype']) {
      const refused = await api.call('POST', path, { text: `{"${key}":{"polluted":true}}` })
      expect(refused).toMatchObject({ status: 400, body: { errors: [{ pointer: `/${key}` }] } })
    }
    expect((await api.call('POST', path, { text: '{"tags":{"__proto__":"x"}}' })).body.errors).toMatchObject([
      { pointer: '/tags/__proto__' },
    ])
    expect((await api.call('POST', path, { text: '{"backoff":{"kind":"fixed","__proto__":{}}}' })).status).toBe(400)
    expect(({} as Record<string, unknown>).polluted).toBeUndefined()
  })

  test('ten thousand unknown fields do not make a large answer', async () => {
    const api = await openApi()
    const body = Object.fromEntries(Array.from({ length: 9_000 }, (_, index) => [`unknown${index}`, 0]))
    const answer = await api.submit(body)
    expect(answer.status).toBe(400)
    expect(answer.text.length).toBeLessThan(5_000)
  })
})

describe('faults', () => {
  test('SEC-46 what fails inside is 500 without message or stack, and the log gets all of it', async () => {
    const secret = new Error('SELECT secret FROM /var/lib/pulse arn:aws:x')
    const { embedded } = await openApi()
    const broken = new Proxy(embedded.engine, { get: () => () => Promise.reject(secret) })
    const api = await openApi({ engine: broken })
    const id = 'task_00000000000000000000000000'
    const calls = [
      ['POST', path, {}],
      ['POST', `${path}/batch`, { tasks: [{}] }],
      ['GET', path, undefined],
      ['GET', `${path}/${id}`, undefined],
      ['PATCH', `${path}/${id}`, { title: 'x' }],
      ['DELETE', `${path}/${id}`, undefined],
      ['POST', `${path}/${id}/cancel`, undefined],
      ['POST', `${path}/${id}/requeue`, undefined],
      ['GET', `${path}/${id}/logs`, undefined],
      ['GET', '/api/v1/dead-letters', undefined],
      ['POST', '/api/v1/dead-letters/requeue', { ids: [id] }],
      ['POST', '/api/v1/dead-letters/requeue', { all: true }],
      ['POST', '/api/v1/dispatch/pause', { reason: 'x' }],
      ['POST', '/api/v1/dispatch/resume', undefined],
      ['GET', '/api/v1/dispatch', undefined],
      ['GET', '/api/v1/stats', undefined],
    ] as const
    for (const [method, at, body] of calls) {
      const answer = await api.call(method, at, { body, headers: { 'x-request-id': 'mine-1' } })
      expect(Object.keys(answer.body).sort()).toEqual([
        'code',
        'detail',
        'instance',
        'requestId',
        'status',
        'title',
        'type',
      ])
      expect(answer).toMatchObject({ status: 500, body: { code: 'internal', requestId: 'mine-1' } })
      expect(answer.text).not.toMatch(/SELECT|secret|arn:|\.ts/)
      expect(api.failures.pop()).toEqual({ error: secret, requestId: 'mine-1', method, path: at })
    }
  })

  test('a store that does not answer is 503 with Retry-After', async () => {
    const { embedded } = await openApi()
    const down = new Proxy(embedded.engine, { get: () => () => Promise.reject(new StoreUnavailable('disk full')) })
    const api = await openApi({ engine: down })
    const answer = await api.submit({})
    expect(answer).toMatchObject({ status: 503, headers: { 'retry-after': '1' }, body: { code: 'unavailable' } })
    expect(answer.text).not.toContain('disk full')
    expect(api.failures).toHaveLength(1)
  })

  test('H6 a task that is stored although its hint was not sent is named in the refusal, alone and in a batch', async () => {
    const { embedded } = await openApi()
    const down = new StoreUnavailable('the hint was not sent', { task: 'task_01M80V2RWZV7DZSV966C2S34XZ' })
    const refused = new PulseError('unavailable', 'send it again', { cause: down })
    const engine = {
      ...embedded.engine,
      submit: () => Promise.reject(down),
      submitMany: () => Promise.resolve([refused]),
    }
    const api = await openApi({ engine })
    const alone = await api.submit({})
    expect(alone).toMatchObject({
      status: 503,
      headers: { 'retry-after': '1' },
      body: { code: 'unavailable', taskId: 'task_01M80V2RWZV7DZSV966C2S34XZ' },
    })
    expect(alone.body.detail).toContain('Idempotency-Key')
    const batch = await api.call('POST', '/api/v1/tasks/batch', { body: { tasks: [{}] } })
    expect(batch.body.items).toMatchObject([
      { status: 503, problem: { code: 'unavailable', taskId: 'task_01M80V2RWZV7DZSV966C2S34XZ' } },
    ])
  })
})
