import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { firstUrl, ROOT } from './files.ts'

/** What must not be found where it is not due; each is unmistakable. */
const canary = (place: string) => `canary-${place}-7f3a9c`
const hostile = [`'); DROP TABLE task; --`, `" OR 1=1 --`, `%`, `_`, `\\`, `$now`, `?1`, `#`, `') OR ('1'='1`]

let child: ChildProcess
let url = ''
let logged = ''
beforeAll(async () => {
  child = spawn(process.execPath, ['bin/pulse.ts', 'dev'], {
    cwd: ROOT,
    env: { ...process.env, PORT: '0', HOST: '127.0.0.1', PULSE_DATA: ':memory:', PULSE_LOG_LEVEL: 'debug' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  child.stderr?.on('data', chunk => {
    logged += chunk
  })
  url = await firstUrl(child)
})
afterAll(async () => {
  if (child.exitCode === null) {
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
})

async function call(
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const answer = await fetch(`${url}/api/v1${path}`, {
    method,
    headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  return { status: answer.status, body: (await answer.json()) as Answer['body'] }
}
interface Answer {
  readonly status: number
  // biome-ignore lint/suspicious/noExplicitAny: answers of many routes, looked into by the tests below.
  readonly body: any
}

test('SEC-45 payloads, results, labels, keys and credentials are in no log line, also at level debug', async () => {
  const submit = {
    name: 'echo',
    payload: { secret: canary('payload') },
    title: canary('title'),
    description: canary('description'),
    tags: { label: canary('tag') },
  }
  const headers = {
    prefer: 'wait=20',
    'idempotency-key': canary('key'),
    cookie: `session=${canary('cookie')}`,
  }
  const done = await call('POST', '/tasks', submit, headers)
  expect(done.body).toMatchObject({ state: 'COMPLETED', result: submit.payload })
  const refused = await call('GET', '/tasks', undefined, { authorization: `Bearer ${canary('token')}` })
  expect(refused.status).toBe(401)
  const later = await call('POST', '/tasks', { ...submit, delay: '1h' })
  await call('PATCH', `/tasks/${later.body.id}`, { payload: canary('edited'), title: canary('retitled') })
  await call('POST', `/tasks/${later.body.id}/cancel`)
  await call('POST', `/tasks/${later.body.id}/requeue`, { payload: canary('requeued') }, { prefer: 'wait=20' })
  await call('POST', '/tasks', { name: 'sleep', payload: { ms: canary('refused') } })
  await call('POST', '/tasks/batch', { tasks: [submit, { name: 'echo', [canary('field')]: 1 }] })
  await call('GET', `/tasks?tag=label:${canary('tag')}`)

  await expect.poll(() => logged).toContain('attempt.ended')
  expect(logged).toContain('request.answered')
  expect(logged.match(/canary-\w+/g)).toBeNull()
})

test('SEC-33 SEC-45 every log line is one JSON object', () => {
  const lines = logged.trimEnd().split('\n')
  expect(lines.length).toBeGreaterThan(10)
  for (const line of lines)
    expect(JSON.parse(line)).toMatchObject({ time: expect.any(String), level: expect.any(String) })
})

test('SEC-35 values that look like a part of a statement are values: stored, found, and nothing else', async () => {
  for (const [index, text] of hostile.entries()) {
    const tags = { [`key ${text}`]: text }
    const { status, body } = await call(
      'POST',
      '/tasks',
      { name: 'default', payload: text, title: text, tags, delay: '1h' },
      { 'idempotency-key': `${index} ${text}` },
    )
    expect(status, text).toBe(202)
    const { body: read } = await call('GET', `/tasks/${body.id}`)
    expect(read).toMatchObject({ payload: text, title: text, tags })
    const found = await call('GET', `/tasks?tag=${encodeURIComponent(`key ${text}:${text}`)}`)
    expect(found.body.items.map((each: { id: string }) => each.id)).toEqual([body.id])
  }
  const { body: all } = await call('GET', '/tasks?name=default&state=SCHEDULED')
  expect(all.items).toHaveLength(hostile.length)
})

test.each(hostile)('SEC-35 %s as a filter finds nothing and breaks nothing', async text => {
  const value = encodeURIComponent(text)
  for (const query of [
    `name=${value}`,
    `state=${value}`,
    `priority=${value}`,
    `createdAfter=${value}`,
    `cursor=${value}`,
  ]) {
    const { status } = await call('GET', `/tasks?${query}`)
    expect([400, 422], query).toContain(status)
  }
  expect((await call('GET', `/tasks?tag=${encodeURIComponent(`none:${text}`)}`)).body.items).toEqual([])
  expect((await call('GET', `/dead-letters?fingerprint=${value}`)).status).toBe(422)
  expect((await call('GET', `/tasks/${value}`)).status).toBe(404)
})
