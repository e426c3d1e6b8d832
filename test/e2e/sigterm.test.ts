import { request } from 'node:http'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { Client, until } from '../helpers/client.ts'
import { readRows } from '../helpers/data-file.ts'
import { readEffects } from '../helpers/effects.ts'
import { cleanUp, type Server, start, startServer, temporaryFolder } from '../helpers/server.ts'

afterAll(cleanUp)

async function serverWith(env: Record<string, string>) {
  const data = temporaryFolder()
  const effects = join(data, 'effects.log')
  const server = await startServer({ data, env: { E2E_EFFECTS: effects, PULSE_CONCURRENCY: '4', ...env } })
  const client = new Client(server.url)
  const starts = () => readEffects(effects).filter(({ kind }) => kind === 'start')
  return { data, server, client, starts }
}

async function submitNaps(client: Client, count: number, ms: number): Promise<string[]> {
  const ids: string[] = []
  for (let n = 0; n < count; n++) ids.push(await client.submit({ name: 'nap', payload: { n, ms } }))
  return ids
}

async function isClosed(server: Server): Promise<boolean> {
  return new Promise(resolve => {
    const probe = request(`${server.url}/health`, { agent: false }, response =>
      response.resume().once('end', () => resolve(false)),
    )
    probe.once('error', () => resolve(true)).end()
  })
}

test('P4 SIGTERM: what runs finishes, what waits does not start, exit 0; a wait is answered at once', async () => {
  const { data, server, client, starts } = await serverWith({})
  const ids = await submitNaps(client, 8, 1_500)
  await until(starts, found => found.length === 4)
  const waiting = client.get(`/api/v1/tasks/${ids[7]}`, { prefer: 'wait=60' })
  await client.get('/health')
  const before = Date.now()
  const ended = server.stop()
  expect((await waiting).body).toMatchObject({ id: ids[7], state: 'PENDING' })
  expect(Date.now() - before).toBeLessThan(1_400)
  expect(await isClosed(server)).toBe(true)
  expect(await ended).toEqual({ code: 0, signal: null })
  expect(server.stderr()).toMatch(/^SIGTERM: waiting up to 25 s for running attempts; once more to stop at once\n$/)
  const states = readRows(data).map(({ state, attempt }) => `${state} ${attempt}`)
  expect(states).toEqual([...Array(4).fill('COMPLETED 1'), ...Array(4).fill('PENDING 0')])
  expect(starts().map(({ id }) => id)).toEqual(ids.slice(0, 4))
})

test('P4 what has not finished after PULSE_DRAIN is given back without charge, also by a handler that does not listen', async () => {
  const { data, server, client, starts } = await serverWith({ PULSE_DRAIN: '1s' })
  await submitNaps(client, 2, 600_000)
  await client.submit({ name: 'stubborn', maxAttempts: 1 })
  await until(starts, found => found.length === 3)
  const before = Date.now()
  expect(await server.stop()).toEqual({ code: 0, signal: null })
  expect(Date.now() - before).toBeGreaterThan(900)
  expect(Date.now() - before).toBeLessThan(8_000)
  for (const row of readRows(data)) {
    expect(row).toMatchObject({ state: 'PENDING', attempt: 1, attemptsLeft: row.maxAttempts, leaseToken: null })
    expect(row.history.at(-1)?.why).toBe('its worker had to stop')
  }
  const again = await startServer({ data, env: { E2E_EFFECTS: join(data, 'effects.log') } })
  await until(starts, found => found.length === 6)
  await again.kill()
})

test('a second signal exits at once', async () => {
  const { data, server, client, starts } = await serverWith({})
  await submitNaps(client, 1, 600_000)
  await until(starts, found => found.length === 1)
  const ended = server.stop()
  await server.said(/once more to stop at once/)
  const before = Date.now()
  server.child.kill('SIGTERM')
  expect(await ended).toEqual({ code: 1, signal: null })
  expect(Date.now() - before).toBeLessThan(1_000)
  expect(readRows(data)).toMatchObject([{ state: 'RUNNING' }])
})

/** `npm start` as a shell runs it: a process group of npm, sh and the server. */
async function npmStart() {
  const data = temporaryFolder()
  const effects = join(data, 'effects.log')
  const env = { PORT: '0', PULSE_DATA: data, PULSE_TASKS: 'test/helpers/e2e-tasks', E2E_EFFECTS: effects }
  const npm = start('npm', ['start'], { env, detached: true })
  const url = (await npm.said(/is ready at (http:\/\/\S+)/))[1] ?? ''
  const client = new Client(url)
  const id = await client.submit({ name: 'nap', payload: { n: 1, ms: 1_500 } })
  await until(
    () => readEffects(effects),
    found => found.length === 1,
  )
  return { npm, data, id }
}

test('npm start: SIGTERM to npm reaches the server, which drains and exits 0', async () => {
  const { npm, data, id } = await npmStart()
  npm.child.kill('SIGTERM')
  expect((await npm.ended).code).toBe(0)
  expect(npm.stderr()).toMatch(/SIGTERM: waiting/)
  expect(readRows(data)).toMatchObject([{ id, state: 'COMPLETED' }])
})

test('npm start: Ctrl-C, which reaches the whole process group and once more through npm, drains too', async () => {
  const { npm, data, id } = await npmStart()
  process.kill(-npm.pid, 'SIGINT')
  expect((await npm.ended).code).toBe(0)
  expect(npm.stderr()).toMatch(/SIGINT: waiting/)
  expect(readRows(data)).toMatchObject([{ id, state: 'COMPLETED' }])
})
