import { describe, expect, test } from 'vitest'
import { isLoopbackAddress } from '../../shared/runtime/gateway-guard.ts'
import { raw, serve } from './serve.ts'

describe('the guard of a loopback address', () => {
  const ask = async (port: number, method: string, headers: Record<string, string>) => {
    const lines = Object.entries({
      ...(method === 'POST' && { 'content-type': 'application/json', 'content-length': '2' }),
      ...headers,
    })
    const path = method === 'POST' ? '/api/v1/tasks' : '/health'
    const text = `${method} ${path} HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}connection: close\r\n\r\n`
    return Number((await raw(port, method === 'POST' ? `${text}{}` : text)).slice(9, 12))
  }

  test('DNS rebinding: only names of this machine are answered', async () => {
    const { port } = await serve()
    for (const host of [
      'localhost',
      'LOCALHOST:3000',
      `127.0.0.1:${port}`,
      '127.9.9.9',
      '[::1]:80',
      'pulse.localhost:1',
    ]) {
      expect(await ask(port, 'GET', { host }), host).toBe(200)
    }
    for (const host of [
      'evil.example',
      'localhost.evil.example',
      '127.0.0.1.evil.example',
      'evil.example:3000',
      '192.168.1.5',
      '[::2]',
      'localhost:3000@evil',
      '',
      '0.0.0.0',
      '127.1',
    ]) {
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
    for (const headers of allowed)
      expect(await ask(port, 'POST', { host, ...headers }), JSON.stringify(headers)).toBe(202)
    for (const headers of refused)
      expect(await ask(port, 'POST', { host, ...headers }), JSON.stringify(headers)).toBe(403)
    // Reading is harmless: a foreign page gets no answer to read.
    expect(await ask(port, 'GET', { host, 'sec-fetch-site': 'cross-site' })).toBe(200)
  })

  test('knows loopback addresses', () => {
    for (const host of ['localhost', '127.0.0.1', '127.255.0.3', '::1', '[::1]', '::ffff:127.0.0.1'])
      expect(isLoopbackAddress(host), host).toBe(true)
    for (const host of ['0.0.0.0', '::', '10.0.0.1', '128.0.0.1', 'example.org', '127.evil', ''])
      expect(isLoopbackAddress(host), host).toBe(false)
  })
})
