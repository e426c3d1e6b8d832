import { describe, expect, test } from 'vitest'
import { serve, submit } from './serve.ts'

describe('close', () => {
  test('ends waits early, lets them answer, and takes no more connections', async () => {
    const { url, gateway, api } = await serve()
    const waits = Array.from({ length: 30 }, () => submit(url, '{}', { prefer: 'wait=60' }))
    await expect
      .poll(async () => (await api.call('GET', '/api/v1/stats')).body.totals.PENDING, { interval: 5 })
      .toBe(30)
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
