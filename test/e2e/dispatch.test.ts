import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { Client, until } from '../helpers/client.ts'
import { readEffects } from '../helpers/effects.ts'
import { cleanUp, type Server, startServer, temporaryFolder } from '../helpers/server.ts'

afterAll(cleanUp)

const PROMISE_MS = 5_000

/** A queue whose server may be killed and started again. */
async function queue() {
  const data = temporaryFolder()
  const effects = join(data, 'effects.log')
  let server: Server
  let client: Client
  const up = async () => {
    server = await startServer({ data, env: { E2E_EFFECTS: effects, PULSE_CONCURRENCY: '8' } })
    client = new Client(server.url)
  }
  await up()
  return {
    client: () => client,
    starts: () => readEffects(effects).filter(({ kind }) => kind === 'start'),
    async killAndRestart() {
      await server.kill()
      await up()
    },
    stop: () => server.stop(),
    async change(verb: 'pause' | 'resume', body: object) {
      const answer = await client.send('POST', `/api/v1/dispatch/${verb}`, { json: body })
      expect(answer.status).toBe(200)
      return answer.body
    },
  }
}

const quick = (n: number) => ({ name: 'quick', payload: { n } })

test('P10 a pause under load: no attempt starts later than 5 s after its answer, across kill -9 and restart; resume drains', async () => {
  const { client, starts, change, killAndRestart, stop } = await queue()
  const accepted = new Set<string>()
  const submitting = new AbortController()
  const submitters = Array.from({ length: 4 }, async () => {
    for (let n = 0; !submitting.signal.aborted; n++) accepted.add(await client().submit(quick(n)))
  })
  const naps = await Promise.all([1, 2].map(n => client().submit({ name: 'nap', payload: { n, ms: 1_500 } })))
  await until(starts, found => found.length > 100 && naps.every(nap => found.some(({ id }) => id === nap)))

  expect(await change('pause', { reason: 'a move' })).toMatchObject({
    paused: true,
    pauses: [{ reason: 'a move', by: 'local' }],
  })
  const pausedAt = Date.now()
  // Submits land, and what runs finishes.
  const landed = accepted.size
  await until(
    () => accepted.size,
    size => size > landed + 100,
  )
  for (const nap of naps) expect((await client().task(nap, 10)).state).toBe('COMPLETED')
  submitting.abort()
  await Promise.all(submitters)

  await killAndRestart()
  expect((await client().get('/api/v1/dispatch')).body).toMatchObject({ paused: true, pauses: [{ reason: 'a move' }] })
  for (let n = 0; n < 20; n++) accepted.add(await client().submit(quick(n)))
  // That nothing happens shows only in time.
  await until(Date.now, now => now > pausedAt + PROMISE_MS + 3_000)
  const late = starts().map(({ at }) => at - pausedAt)
  expect(Math.max(...late)).toBeLessThan(PROMISE_MS)
  process.stdout.write(
    `pause: ${late.length} starts, the last ${Math.max(...late)} ms after the answer; ${(await client().stats()).totals.PENDING} wait\n`,
  )
  expect((await client().stats()).totals.PENDING).toBeGreaterThan(100)

  expect(await change('resume', {})).toEqual({ paused: false, pauses: [] })
  const { totals } = await until(
    () => client().stats(),
    found => found.totals.PENDING + found.totals.RUNNING === 0,
  )
  expect(totals.COMPLETED).toBe(accepted.size + naps.length)
  // A pause charges nothing: every task needed one attempt.
  expect(new Set(starts().map(({ attempt }) => attempt))).toEqual(new Set([1]))
  expect(await stop()).toEqual({ code: 0, signal: null })
})

test('P10 pauses of a name and of a priority hold back only theirs, and survive kill -9; `for` ends one that nobody resumes', async () => {
  const { client, starts, change, killAndRestart, stop } = await queue()
  await change('pause', { reason: 'mail server', name: 'quick' })
  await change('pause', { reason: 'too much', priority: 5 })
  const byName = await client().submit(quick(1))
  const byPriority = await client().submit({ name: 'nap', payload: { n: 2, ms: 1 }, priority: 5 })
  await killAndRestart()
  const free = await client().submit({ name: 'nap', payload: { n: 3, ms: 1 } })
  expect((await client().task(free, 10)).state).toBe('COMPLETED')
  expect(starts().map(({ id }) => id)).toEqual([free])

  await change('resume', { priority: 5 })
  expect((await client().task(byPriority, 10)).state).toBe('COMPLETED')
  expect((await client().task(byName)).state).toBe('PENDING')
  await change('pause', { reason: 'a little longer', name: 'quick', for: '3s' })
  const pausedAt = Date.now()
  await killAndRestart()
  expect((await client().task(byName, 20)).state).toBe('COMPLETED')
  expect(starts().find(({ id }) => id === byName)?.at).toBeGreaterThan(pausedAt + 2_900)
  expect((await client().get('/api/v1/dispatch')).body).toEqual({ paused: false, pauses: [] })
  expect(await stop()).toEqual({ code: 0, signal: null })
})
