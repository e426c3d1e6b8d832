import { once } from 'node:events'
import { createConnection } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import { securityHeaders } from '../../shared/http/security-headers.ts'
import { AddressInUse, type Answered, createGateway, type Gateway, type GatewayOptions } from '../../shared/runtime/gateway.ts'
import { isLoopbackAddress } from '../../shared/runtime/gateway-guard.ts'
import { type Api, openApi } from './setup.ts'

interface Served {
  readonly api: Api
  readonly gateway: Gateway
  readonly url: string
  readonly port: number
  readonly answered: Answered[]
}

async function serve(options: Partial<GatewayOptions> & { readonly running?: boolean } = {}): Promise<Served> {
  const api = await openApi(options.running ? { running: true } : {})
  const answered: Answered[] = []
  const gateway = createGateway({ handlers: api.handlers, host: '127.0.0.1', port: 0, onAnswer: each => answered.push(each), ...options })
  const url = await gateway.listen()
  onTestFinished(() => gateway.close(0))
  return { api, gateway, url, port: Number(new URL(url).port), answered }
}

const submit = (url: string, body: string, headers: Record<string, string> = {}) =>
  fetch(`${url}/api/v1/tasks`, { method: 'POST', body, headers: { 'content-type': 'application/json', ...headers } })

/** Sends bytes as they are, and reads until the server closes. */
async function raw(port: number, ...parts: (string | Buffer)[]): Promise<string> {
  const socket = createConnection(port, '127.0.0.1')
  for (const part of parts) socket.write(part)
  let text = ''
  socket.on('data', chunk => {
    text += chunk.toString('latin1')
  })
  await once(socket, 'close')
  return text
}

describe('gateway', () => {
  test('serves the handlers over HTTP, unusual characters included', async () => {
    const { url, answered } = await serve({ running: true })
    const sent = await submit(url, JSON.stringify({ name: 'echo', payload: '☃ é', title: 'ü' }), { prefer: 'wait=20', 'x-request-id': 'r-1' })
    expect(sent.status).toBe(202)
    expect(await sent.json()).toMatchObject({ state: 'COMPLETED', result: '☃ é', title: 'ü' })
    expect(answered).toMatchObject([{ method: 'POST', path: '/api/v1/tasks', status: 202, requestId: 'r-1', tookMs: expect.any(Number) }])
    const listed = await fetch(`${url}/api/v1/tasks/?state=completed&limit=1`)
    expect((await listed.json()).items).toMatchObject([{ title: 'ü' }])
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
    expect({ status: head.status, length: head.headers.get('content-length'), body: await head.text() }).toEqual({ status: 200, length: '15', body: '' })
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
    for (const nonsense of ['nonsense\r\n\r\n', 'GET / HTTP/1.1\r\n\r\n', `GET / HTTP/1.1\r\nhost: localhost\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`]) {
      const answer = await raw(port, nonsense)
      expect(answer).toMatch(/^HTTP\/1.1 400 /)
      if (!nonsense.startsWith('GET / HTTP/1.1\r\n\r\n')) expect(answer).toContain('content-security-policy')
    }
    expect(await raw(port, 'GET http://localhost/health HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n')).toMatch(/^HTTP\/1.1 400 /)
  })

  test('a handler that throws is a 500 without its words', async () => {
    const failures: unknown[] = []
    const fails = () => Promise.reject(new Error('secret'))
    const { url } = await serve({ handlers: { tasks: fails, ops: fails }, onFailure: error => failures.push(error) })
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
    await expect(second.listen()).rejects.toMatchObject({ port, host: '127.0.0.1', message: expect.stringMatching(new RegExp(`^port ${port} .*taken`)) })
  })
})

describe('close', () => {
  test('ends waits early, lets them answer, and takes no more connections', async () => {
    const { url, gateway, api } = await serve()
    const waits = Array.from({ length: 30 }, () => submit(url, '{}', { prefer: 'wait=60' }))
    await expect.poll(async () => (await api.call('GET', '/api/v1/stats')).body.totals.PENDING, { interval: 5 }).toBe(30)
    const start = performance.now()
    const closed = gateway.close()
    for (const answer of await Promise.all(waits)) {
      expect(answer.status).toBe(202)
      expect(answer.headers.get('connection')).toBe('close')
      expect(await answer.json()).toMatchObject({ state: 'PENDING' })
    }
    await closed
    expect(performance.now() - start).toBeLessThan(5_000)
    await expect(fetch(`${url}/health`)).rejects.toThrow()
  })

  test('does not wait for idle connections', async () => {
    const { url, gateway } = await serve()
    await (await fetch(`${url}/health`)).text()
    const start = performance.now()
    await gateway.close()
    expect(performance.now() - start).toBeLessThan(2_000)
  })

  test('a client that leaves ends its wait', async () => {
    const { url, api, answered } = await serve()
    const leaving = new AbortController()
    const gone = fetch(`${url}/api/v1/tasks`, {
      method: 'POST',
      body: '{}',
      headers: { 'content-type': 'application/json', prefer: 'wait=60' },
      signal: leaving.signal,
    })
    await expect.poll(async () => (await api.call('GET', '/api/v1/stats')).body.totals.PENDING, { interval: 5 }).toBe(1)
    leaving.abort()
    await expect(gone).rejects.toThrow()
    await expect.poll(() => answered.length, { interval: 5, timeout: 5_000 }).toBe(1)
  })
})

describe('the guard of a loopback address', () => {
  const ask = async (port: number, method: string, headers: Record<string, string>) => {
    const lines = Object.entries({ ...(method === 'POST' && { 'content-type': 'application/json', 'content-length': '2' }), ...headers })
    const path = method === 'POST' ? '/api/v1/tasks' : '/health'
    const text = `${method} ${path} HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}connection: close\r\n\r\n`
    return Number((await raw(port, method === 'POST' ? `${text}{}` : text)).slice(9, 12))
  }

  test('DNS rebinding: only names of this machine are answered', async () => {
    const { port } = await serve()
    for (const host of ['localhost', 'LOCALHOST:3000', `127.0.0.1:${port}`, '127.9.9.9', '[::1]:80', 'pulse.localhost:1']) {
      expect(await ask(port, 'GET', { host }), host).toBe(200)
    }
    for (const host of ['evil.example', 'localhost.evil.example', '127.0.0.1.evil.example', 'evil.example:3000', '192.168.1.5', '[::2]', 'localhost:3000@evil', '', '0.0.0.0', '127.1']) {
      expect(await ask(port, 'GET', { host }), host).toBe(403)
    }
  })

  test('cross-site writes are refused, those of its own pages and of programs are not', async () => {
    const { port } = await serve()
    const host = `localhost:${port}`
    const allowed: Record<string, string>[] = [
      {},
      { origin: `http://${host}` },
      { origin: `http://${host}`, 'sec-fetch-site': 'same-origin' },
      { 'sec-fetch-site': 'none' },
    ]
    const refused: Record<string, string>[] = [
      { origin: 'http://evil.example' },
      { origin: 'null' },
      { origin: `http://localhost:${port + 1}` },
      { origin: `http://127.0.0.1:${port}` },
      { origin: `ftp://${host}` },
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
      { origin: `http://${host}`, 'sec-fetch-site': 'cross-site' },
    ]
    for (const headers of allowed) expect(await ask(port, 'POST', { host, ...headers }), JSON.stringify(headers)).toBe(202)
    for (const headers of refused) expect(await ask(port, 'POST', { host, ...headers }), JSON.stringify(headers)).toBe(403)
    // Reading is harmless: a foreign page gets no answer to read.
    expect(await ask(port, 'GET', { host, 'sec-fetch-site': 'cross-site' })).toBe(200)
  })

  test('knows loopback addresses', () => {
    for (const host of ['localhost', '127.0.0.1', '127.255.0.3', '::1', '[::1]', '::ffff:127.0.0.1']) expect(isLoopbackAddress(host), host).toBe(true)
    for (const host of ['0.0.0.0', '::', '10.0.0.1', '128.0.0.1', 'example.org', '127.evil', '']) expect(isLoopbackAddress(host), host).toBe(false)
  })
})
