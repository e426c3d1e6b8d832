import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { raw } from '../helpers/client.ts'
import { cleanUp } from '../helpers/server.ts'
import { Target } from '../helpers/target.ts'

// SEC-32, 33, 46, 48: bytes on the wire that are no request, not the one they seem, or somebody else's.
let target: Target
beforeAll(async () => {
  target = await Target.start()
})
afterAll(cleanUp)

describe('requests that are not what they seem', () => {
  const hidden = 'DELETE /api/v1/tasks/smuggled HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n'
  const head = 'POST /api/v1/tasks HTTP/1.1\nHost: {host}\nContent-Type: application/json'

  test.each([
    ['both lengths', 'Content-Length: 4\nTransfer-Encoding: chunked', '0\r\n\r\n'],
    ['two lengths', 'Content-Length: 2\nContent-Length: 5', '{}'],
    ['a list of lengths', 'Content-Length: 2, 5', '{}'],
    ['a signed length', 'Content-Length: +2', '{}'],
    ['a negative length', 'Content-Length: -2', '{}'],
    ['a length in hexadecimal', 'Content-Length: 0x2', '{}'],
    ['an unknown coding', 'Transfer-Encoding: xchunked', '2\r\n{}\r\n0\r\n\r\n'],
    ['chunked and then identity', 'Transfer-Encoding: chunked, identity', '2\r\n{}\r\n0\r\n\r\n'],
    ['chunked twice', 'Transfer-Encoding: chunked\nTransfer-Encoding: identity', '2\r\n{}\r\n0\r\n\r\n'],
    ['a space before the colon', 'Transfer-Encoding : chunked', '2\r\n{}\r\n0\r\n\r\n'],
    ['a folded line', 'X-A: 1\n Transfer-Encoding: chunked', '2\r\n{}\r\n0\r\n\r\n'],
    ['a chunk size that overflows', 'Transfer-Encoding: chunked', 'ffffffffffffffff1\r\n{}\r\n0\r\n\r\n'],
    ['a chunk size with a sign', 'Transfer-Encoding: chunked', '+2\r\n{}\r\n0\r\n\r\n'],
  ])('smuggling: %s', async (_, lines, body) => {
    const answer = await target.send(`${head}\n${lines}`, body + hidden)
    target.expectOnly([400], answer)
  })

  test('a bare line feed, a header without a name, NUL in a value, HTTP/0.9, HTTP/3.0, TLS, garbage', async () => {
    const port = target.server.port
    for (const bytes of [
      'GET /health HTTP/1.1\nHost: 127.0.0.1\n\n',
      'GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\n: x\r\n\r\n',
      'GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\nX: \0\r\n\r\n',
      'GET /health\r\n\r\n',
      'GET /health HTTP/3.0\r\nHost: 127.0.0.1\r\n\r\n',
      '\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03',
      'hello\r\n\r\n',
      'G\0ET / HTTP/1.1\r\n\r\n',
    ]) {
      target.expectOnly([400], await raw(port, Buffer.from(bytes, 'latin1')))
    }
  })

  test('SEC-32 methods that nobody knows', async () => {
    for (const method of ['FOO', 'get', 'BREW']) {
      const answer = await target.send(`${method} /health HTTP/1.1\nHost: {host}`)
      target.expectOnly([400, 405], answer)
    }
    const connect = await target.send('CONNECT 169.254.169.254:80 HTTP/1.1\nHost: {host}')
    expect(connect).toMatchObject({ closed: true })
    expect(connect.status === 0 || connect.status >= 400).toBe(true)
    expect(
      (await target.send('GET http://169.254.169.254/latest HTTP/1.1\nHost: {host}\nConnection: close')).status,
    ).toBe(400)
  })

  test('Upgrade and Expect change nothing', async () => {
    const upgrade = await target.send(
      'GET /health HTTP/1.1\nHost: {host}\nConnection: Upgrade, close\nUpgrade: websocket',
      '',
      { limitMs: 2_000 },
    )
    expect(upgrade.status).toBe(200)
    const body = '{"name":"echo"}'
    const expects = (what: string) => `${head}\nConnection: close\nExpect: ${what}\nContent-Length: ${body.length}`
    const willing = await target.send(expects('100-continue'), '', { later: [{ afterMs: 200, bytes: body }] })
    expect(willing.text).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 202 /)
    const strange = await target.send(expects('the-unexpected'), body)
    expect(strange.answers).toBe(1)
    expect(strange.headers).toHaveProperty('content-security-policy')
  })

  test.each([
    'evil.example',
    '127.0.0.1.evil.example',
    'localhost.evil.example',
    '127.0.0.1@evil.example',
    '169.254.169.254',
    '0.0.0.0',
    '',
    'localhost, evil.example',
    '[::1].evil.example',
    'evil.example:3000',
  ])('DNS rebinding: Host: %s', async host => {
    for (const line of ['GET /api/v1/tasks', 'POST /api/v1/tasks', 'GET /health', 'GET /docs']) {
      const answer = await target.send(
        `${line} HTTP/1.1\nHost: ${host}\nConnection: close\nContent-Type: application/json\nContent-Length: 2`,
        '{}',
      )
      target.expectOnly([400, 403], answer)
    }
  })

  test('no Host, and two of them', async () => {
    for (const hosts of ['', '\nHost: {host}\nHost: evil.example', '\nHost: evil.example\nHost: {host}']) {
      const answer = await target.send(
        `POST /api/v1/tasks HTTP/1.1${hosts}\nConnection: close\nContent-Type: application/json\nContent-Length: 2`,
        '{}',
      )
      target.expectOnly([400, 403], answer)
    }
  })

  test('writes from pages of other sites', async () => {
    const foreign: Record<string, string>[] = [
      { origin: 'https://evil.example' },
      { origin: 'null' },
      { origin: 'http://localhost.evil.example' },
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
      { origin: `http://127.0.0.1:${target.server.port + 1}` },
    ]
    for (const headers of foreign) {
      for (const [method, path] of [
        ['POST', '/api/v1/tasks'],
        ['POST', '/api/v1/dispatch/pause'],
        ['DELETE', '/api/v1/tasks/x'],
        ['PATCH', '/api/v1/tasks/x'],
      ] as const) {
        const answer = await target.client.send(method, path, { json: {}, headers })
        target.api.check(answer, JSON.stringify(headers))
        expect(answer.status, JSON.stringify(headers)).toBe(403)
        expect(answer.headers).not.toHaveProperty('access-control-allow-origin')
      }
    }
    const own = { origin: target.server.url, 'sec-fetch-site': 'same-origin' }
    expect((await target.client.send('POST', '/api/v1/tasks', { json: {}, headers: own })).status).toBe(202)
  })
})

test('SEC-29 200 slow bodies and heads keep nobody else from being served', async () => {
  const slow = Array.from({ length: 200 }, (_, index) =>
    index % 2 === 0
      ? target.send(
          'POST /api/v1/tasks HTTP/1.1\nHost: {host}\nContent-Type: application/json\nContent-Length: 1000',
          '{"na',
          {
            limitMs: 3_000,
            later: [
              { afterMs: 1_000, bytes: 'm' },
              { afterMs: 2_000, bytes: 'e' },
            ],
          },
        )
      : raw(target.server.port, 'GET /health HTTP/1.1\r\nHost: 127', {
          limitMs: 3_000,
          later: [{ afterMs: 1_500, bytes: '.0' }],
        }),
  )
  const took: number[] = []
  const served = setInterval(() => {
    const before = performance.now()
    void target.client.submit({ name: 'echo' }).then(() => took.push(performance.now() - before))
  }, 50)
  const answers = await Promise.all(slow)
  clearInterval(served)
  expect(answers.filter(({ answers }) => answers > 0)).toEqual([])
  expect(took.length).toBeGreaterThan(20)
  expect(Math.max(...took)).toBeLessThan(1_000)
})

test('afterwards the server is well', () => target.expectWell('hostile requests'))
