import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { Client, until } from '../helpers/client.ts'
import { readRows } from '../helpers/data-file.ts'
import { readEffects } from '../helpers/effects.ts'
import { cleanUp, startServer, temporaryFolder } from '../helpers/server.ts'

afterAll(cleanUp)

const HEARTBEAT_MS = 10_000

async function serverWithThreads(threads: number, more: Record<string, string> = {}) {
  const data = temporaryFolder()
  const effects = join(data, 'effects.log')
  const server = await startServer({
    data,
    env: { E2E_EFFECTS: effects, PULSE_WORKER_THREADS: String(threads), ...more },
  })
  const starts = () => readEffects(effects).filter(({ kind }) => kind === 'start')
  return { data, server, client: new Client(server.url), starts }
}

test('two threads that compute: /health answers, submits land, heartbeats go on, both run at once', async () => {
  const { server, client, starts } = await serverWithThreads(2)
  const ids = await Promise.all([12_500, 12_500].map(ms => client.submit({ name: 'spin', payload: { ms } })))
  await until(starts, found => found.length === 2)
  const first = await Promise.all(ids.map(id => client.task(id)))
  expect(first.map(({ state }) => state)).toEqual(['RUNNING', 'RUNNING'])

  const took: number[] = []
  const beaten = await until(
    async () => {
      const before = performance.now()
      expect((await client.get('/health')).status).toBe(200)
      took.push(performance.now() - before)
      return Promise.all(ids.map(id => client.task(id)))
    },
    tasks => tasks.every(({ leaseEndsAt = '' }, index) => leaseEndsAt > (first[index]?.leaseEndsAt ?? '')),
    HEARTBEAT_MS + 2_000,
  )
  const waiting = await client.submit({ name: 'quick', payload: { n: 5 } })
  process.stdout.write(
    `threads: ${took.length} health checks beside two that compute, slowest ${Math.max(...took).toFixed(1)} ms\n`,
  )
  expect(Math.max(...took)).toBeLessThan(1_000)
  expect(beaten.map(({ state, attempt }) => `${state} ${attempt}`)).toEqual(['RUNNING 1', 'RUNNING 1'])
  const ended = await Promise.all([...ids, waiting].map(id => client.task(id, 30)))
  expect(ended.map(({ state, attempt }) => `${state} ${attempt}`)).toEqual(Array(3).fill('COMPLETED 1'))
  expect(await server.stop()).toEqual({ code: 0, signal: null })
})

test('a timeout ends the thread of a handler that computes on, and another takes its place', async () => {
  const { server, client, starts } = await serverWithThreads(1)
  // Until the thread is there: its start counts against the timeout.
  await client.task(await client.submit({ name: 'quick', payload: { n: 6 } }), 20)
  const endless = await client.submit({ name: 'spin', payload: { ms: 600_000 }, timeout: '300ms', maxAttempts: 1 })
  await until(starts, found => found.length === 2)
  const next = await client.submit({ name: 'quick', payload: { n: 7 } })
  const dead = await client.task(endless, 20)
  expect(dead).toMatchObject({ state: 'DEAD', lastError: { code: 'timed_out' } })
  expect(await client.task(next, 20)).toMatchObject({ state: 'COMPLETED', result: 7 })
  expect(await server.stop()).toEqual({ code: 0, signal: null })
})

test('SIGTERM ends a thread that computes on: its attempt is given back', async () => {
  const { data, server, client, starts } = await serverWithThreads(1, { PULSE_DRAIN: '500ms' })
  await client.submit({ name: 'spin', payload: { ms: 600_000 }, maxAttempts: 1 })
  await until(starts, found => found.length === 1)
  expect(await server.stop()).toEqual({ code: 0, signal: null })
  expect(readRows(data)).toMatchObject([{ state: 'PENDING', attempt: 1, attemptsLeft: 1, leaseToken: null }])
})
