import { describe, expect, test } from 'vitest'
import { securityHeaders } from '../../shared/http/security-headers.ts'
import { AddressInUse, createGateway } from '../../shared/runtime/gateway.ts'
import { raw, serve, submit } from './serve.ts'

describe('gateway', () => {
  test('serves the handlers over HTTP, unusual characters included', async () => {
    const { url, answered } = await serve({ running: true })
    const sent = await submit(url, JSON.stringify({ name: 'echo', payload: '☃ é', title: 'ü' }), {
      prefer: 'wait=20',
      'x-request-id': 'r-1',
    })
    expect(sent.status).toBe(202)
    expect(await sent.json()).toMatchObject({ state: 'COMPLETED', result: '☃ é', title: 'ü' })
    expect(answered).toMatchObject([
      { method: 'POST', path: '/api/v1/tasks', status: 202, requestId: 'r-1', tookMs: expect.any(Number) },
    ])
    const listed = await fetch(`${url}/api/v1/tasks/?state=completed&limit=1`)
    expect(await listed.json()).toMatchObject({ items: [{ title: 'ü' }] })
  })

  test('a body that is not UTF-8 arrives as it is and is refused', async () => {
    const { port } = await serve()
    const body = Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])
    const head = `POST /api/v1/tasks HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\nconnection: close\r\n\r\n`
    const answer = await raw(port, head, body)
    expect(answer).toMatch(/^HTTP\/1.1 400 /)
    expect(answer).toContain('not valid UTF-8')
  })

  test('HEAD answers as GET would, without the body', async () => {
    const { url } = await serve()
    const head = await fetch(`${url}/health`, { method: 'HEAD' })
    expect({ status: head.status, length: head.headers.get('content-length'), body: await head.text() }).toEqual({
      status: 200,
      length: '15',
      body: '',
    })
  })

  test('connections are kept', async () => {
    const { port } = await serve()
    const get = 'GET /health HTTP/1.1\r\nhost: localhost\r\n\r\n'
    const last = 'GET /health HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n'
    expect((await raw(port, get, get, last)).match(/HTTP\/1.1 200/g)).toHaveLength(3)
  })

  test('SEC-29 a body that is too long is 413 whether it says so or not, the answer is read, the connection ends', async () => {
    const { port } = await serve()
    const head = 'POST /api/v1/tasks HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n'
    const declared = await raw(port, `${head}content-length: 1048577\r\n\r\n`, Buffer.alloc(1_048_577, 0x20))
    expect(declared).toMatch(/^HTTP\/1.1 413 /)
    const chunk = Buffer.concat([Buffer.from('100000\r\n'), Buffer.alloc(0x100000, 0x20), Buffer.from('\r\n')])
    const chunked = await raw(port, `${head}transfer-encoding: chunked\r\n\r\n`, chunk, chunk, '0\r\n\r\n')
    expect(chunked).toMatch(/^HTTP\/1.1 413 [\s\S]*payload_too_large/)
    for (const name of Object.keys(securityHeaders)) expect(chunked).toContain(name)
  })

  test('what is no HTTP is answered with a problem and the security headers', async () => {
    const { port } = await serve()
    for (const nonsense of [
      'nonsense\r\n\r\n',
      'GET / HTTP/1.1\r\nconnection: close\r\n\r\n',
      `GET / HTTP/1.1\r\nhost: localhost\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`,
    ]) {
      const answer = await raw(port, nonsense)
      expect(answer).toMatch(/^HTTP\/1.1 400 [\s\S]*content-security-policy[\s\S]*"code":"malformed"/)
    }
    expect(
      await raw(port, 'GET http://localhost/health HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n'),
    ).toMatch(/^HTTP\/1.1 400 /)
  })

  test('an expectation that nobody knows is none', async () => {
    const { port } = await serve()
    const text = 'GET /health HTTP/1.1\r\nhost: localhost\r\nexpect: a-miracle\r\nconnection: close\r\n\r\n'
    expect(await raw(port, text)).toMatch(/^HTTP\/1.1 200 /)
  })

  test('a handler that throws is a 500 without its words', async () => {
    const failures: unknown[] = []
    const fails = () => Promise.reject(new Error('secret'))
    const { url } = await serve({
      handlers: { tasks: fails, schedules: fails, ops: fails, auth: fails },
      onFailure: error => failures.push(error),
    })
    const answer = await fetch(`${url}/health`)
    expect(answer.status).toBe(500)
    expect(await answer.text()).not.toContain('secret')
    expect(failures).toHaveLength(1)
  })

  test('a taken port is an error of its own, in one line', async () => {
    const { port } = await serve()
    const { api } = await serve()
    const second = createGateway({ handlers: api.handlers, host: '127.0.0.1', port })
    await expect(second.listen()).rejects.toThrow(AddressInUse)
    await expect(second.listen()).rejects.toMatchObject({
      port,
      host: '127.0.0.1',
      message: expect.stringMatching(new RegExp(`^port ${port} .*taken`)),
    })
  })
})
