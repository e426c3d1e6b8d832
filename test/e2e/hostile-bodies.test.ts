import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { cleanUp } from '../helpers/server.ts'
import { MIB, Target } from '../helpers/target.ts'

// SEC-29, 30, 32, 33, 46, 48: bodies, queries, ids and cursors that no honest client sends.
let target: Target
beforeAll(async () => {
  target = await Target.start()
})
afterAll(cleanUp)

describe('SEC-29 sizes and depths', () => {
  const filler = (bytes: number, before: string, after: string) =>
    before + 'x'.repeat(bytes - before.length - after.length) + after

  test.each([
    ['/api/v1/tasks', MIB],
    ['/api/v1/tasks/batch', 4 * MIB],
    ['/api/v1/dispatch/pause', MIB],
    ['/api/v1/dead-letters/requeue', MIB],
  ])('%s: one byte more than its limit', async (path, limit) => {
    const [before, after] = path.endsWith('batch') ? ['{"tasks":[{"payload":"', '"}]}'] : ['{"description":"', '"}']
    await target.expectRefused([413], path, filler(limit + 1, before, after))
    // Just below, the size is not what is wrong: the text of the one field is.
    const below = await target.post(path, filler(limit, before, after))
    target.api.check(below, path)
    expect(below.status).not.toBe(413)
  })

  test('a declared length that never comes, and a chunked body without end', async () => {
    const declared = await target.send(
      `POST /api/v1/tasks HTTP/1.1\nHost: {host}\nContent-Type: application/json\nContent-Length: 99999999999`,
    )
    target.expectOnly([413], declared)
    const chunk = `10000\r\n${'x'.repeat(0x1_0000)}\r\n`
    const later = Array.from({ length: 40 }, (_, index) => ({ afterMs: index * 5, bytes: chunk }))
    const endless = await target.send(
      `POST /api/v1/tasks HTTP/1.1\nHost: {host}\nContent-Type: application/json\nTransfer-Encoding: chunked`,
      '',
      { later },
    )
    target.expectOnly([413], endless)
  })

  test('depth 10,000 and 100,000, many keys, long numbers', async () => {
    for (const depth of [65, 10_000, 100_000]) {
      await target.expectRefused([400], '/api/v1/tasks', `{"payload":${'['.repeat(depth)}${']'.repeat(depth)}}`)
      await target.expectRefused([400], '/api/v1/tasks', `{"payload":${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}}`)
      await target.expectRefused([400], '/api/v1/tasks', '['.repeat(depth))
    }
    const keys = Array.from({ length: 10_001 }, (_, index) => `"k${index}":0`).join()
    await target.expectRefused([400], '/api/v1/tasks', `{"payload":{${keys}}}`)
    const answer = await target.post('/api/v1/tasks', `{"payload":${'9'.repeat(100_000)},"priority":1e999}`)
    target.api.check(answer, 'long numbers')
    expect(answer.status).toBeGreaterThanOrEqual(400)
  })

  test('long paths, queries and headers', async () => {
    target.expectOnly([400], await target.send(`GET /api/v1/tasks/${'x'.repeat(20_000)} HTTP/1.1\nHost: {host}`))
    target.expectOnly([400], await target.send(`GET /health HTTP/1.1\nHost: {host}\nX-Long: ${'x'.repeat(20_000)}`))
    target.expectOnly(
      [400],
      await target.send(
        `GET /health HTTP/1.1\nHost: {host}\n${Array.from({ length: 3_000 }, (_, n) => `X-${n}: 1`).join('\n')}`,
      ),
    )
    const id = await target.client.get(`/api/v1/tasks/${'x'.repeat(8_000)}`)
    target.api.check(id, 'a long id')
    expect(id.status).toBe(404)
    await target.expectRefused([400], '/api/v1/tasks', '{}', { 'idempotency-key': 'k'.repeat(256) })
    const cursor = await target.client.get(`/api/v1/tasks?cursor=${'A'.repeat(7_000)}`)
    expect(cursor.status).toBeGreaterThanOrEqual(400)
  })
})

describe('SEC-30, SEC-32 bodies', () => {
  test.each([
    '{"__proto__":{"admin":true}}',
    '{"constructor":{"prototype":{"admin":true}}}',
    '{"prototype":1}',
    '{"tags":{"__proto__":"x"}}',
    '{"backoff":{"kind":"fixed","__proto__":{"delay":1}}}',
    '{"toString":1}',
  ])('%s', async body => {
    const answer = await target.post('/api/v1/tasks', body)
    target.api.check(answer, body)
    expect([400, 422]).toContain(answer.status)
    expect((await target.post('/api/v1/tasks', '{}')).status).toBe(202)
  })

  test('keys of the prototype in a payload are data, or refused, and change nothing', async () => {
    const answer = await target.post(
      '/api/v1/tasks',
      '{"name":"echo","payload":{"a":{"__proto__":{"polluted":1}},"constructor":{"prototype":{"polluted":2}}}}',
      { prefer: 'wait=10' },
    )
    target.api.check(answer, 'payload')
    if (answer.status === 202)
      expect(answer.text).toContain(
        '"result":{"a":{"__proto__":{"polluted":1}},"constructor":{"prototype":{"polluted":2}}}',
      )
    else expect([400, 422]).toContain(answer.status)
    expect((await target.client.get('/api/v1/stats')).text).not.toContain('polluted')
  })

  test('duplicate keys, broken UTF-8, broken JSON, another charset', async () => {
    await target.expectRefused([400], '/api/v1/tasks', '{"name":"echo","name":"sleep"}')
    await target.expectRefused([400], '/api/v1/tasks', '{"payload":{"a":1,"\\u0061":2}}')
    for (const bytes of [[0xff], [0xc0, 0xaf], [0xed, 0xa0, 0x80], [0xf5, 0x80, 0x80, 0x80], [0xe2, 0x82]]) {
      await target.expectRefused(
        [400],
        '/api/v1/tasks',
        Buffer.concat([Buffer.from('{"title":"'), Buffer.from(bytes), Buffer.from('"}')]),
      )
    }
    await target.expectRefused([400], '/api/v1/tasks', Buffer.from('\ufeff{}'))
    await target.expectRefused([400], '/api/v1/tasks', Buffer.from('{}', 'utf16le'))
    for (const text of [
      '',
      '{',
      '{}{}',
      '{"a":}',
      "{'name':'echo'}",
      '{"payload":NaN}',
      '{"payload":01}',
      '[]',
      'null',
      '"x"',
      '{"title":"\\ud800"}',
      '{"title":"\u0000"}',
      '{/**/}',
    ]) {
      const answer = await target.post('/api/v1/tasks', text)
      target.api.check(answer, text)
      expect([400, 422], text).toContain(answer.status)
    }
  })

  test('content types and encodings that are none of ours', async () => {
    for (const type of [
      'text/plain',
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=x',
      'application/json; charset=utf-16',
      'application/jsonp',
      '*/*',
      'application/json, text/plain',
    ]) {
      await target.expectRefused([415], '/api/v1/tasks', '{}', { 'content-type': type })
    }
    await target.expectRefused([415], '/api/v1/tasks', '{}', { 'content-encoding': 'gzip' })
    expect((await target.client.send('POST', '/api/v1/tasks', { body: '{}' })).status).toBe(415)
  })
})

describe('SEC-32, SEC-33 queries, ids, cursors', () => {
  test('doubled keys, and names of the prototype', async () => {
    const queries = ['limit=1&limit=2', 'name=a&name=b', 'cursor=a&cursor=a', '__proto__=1', 'constructor=1']
    const strange = ['limit[]=1', 'limit=1;limit=2', '%00=1', '%ff=1', 'limit=%zz', 'limit=%31%00', 'name=%ff']
    for (const query of [...queries, ...strange]) await target.expectAnswer([400, 422], 'GET', `/api/v1/tasks?${query}`)
  })

  test.each([
    '%00',
    '%2F',
    '..%2f..%2fetc%2fpasswd',
    '%2e%2e%2f',
    'task_%00',
    '%ff%fe',
    '%zz',
    '%',
    'task_1%0d%0aX-Evil:1',
    '%1b[31m',
    '%e2%80%ae',
    'a%5cb',
  ])('an id of %s', async id => {
    for (const [method, path] of [
      ['GET', `/api/v1/tasks/${id}`],
      ['DELETE', `/api/v1/tasks/${id}`],
      ['GET', `/api/v1/tasks/${id}/logs`],
      ['POST', `/api/v1/tasks/${id}/cancel`],
      ['GET', `/docs/${id}`],
    ] as const) {
      const answer = await target.client.send(method, path)
      target.api.check(answer, `${method} ${path}`)
      expect([400, 404], `${method} ${path}`).toContain(answer.status)
      expect(answer.headers).not.toHaveProperty('x-evil')
    }
  })

  test('a cursor with any bit flipped is refused', async () => {
    const page = (await target.client.get('/api/v1/tasks?limit=2')).body as { nextCursor: string }
    expect((await target.client.get(`/api/v1/tasks?limit=2&cursor=${page.nextCursor}`)).status).toBe(200)
    const bytes = Buffer.from(page.nextCursor, 'latin1')
    let refused = 0
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const flipped = Buffer.from(bytes)
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      const answer = await target.client.get(
        `/api/v1/tasks?limit=2&cursor=${encodeURIComponent(flipped.toString('latin1'))}`,
      )
      target.api.check(answer, `bit ${bit}`)
      expect([400, 422], `bit ${bit} of ${page.nextCursor}`).toContain(answer.status)
      refused++
    }
    expect(refused).toBe(bytes.length * 8)
    expect((await target.client.get(`/api/v1/dead-letters?cursor=${page.nextCursor}`)).status).toBeGreaterThanOrEqual(
      400,
    )
  })
})

test('SEC-29 afterwards the server is well, also after many bodies that are too large at once', async () => {
  const large = Buffer.alloc(4 * MIB + 1, 'x')
  for (let round = 0; round < 5; round++) {
    const answers = await Promise.all(Array.from({ length: 16 }, () => target.post('/api/v1/tasks/batch', large)))
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([413]))
  }
  await target.expectWell('hostile bodies')
})
