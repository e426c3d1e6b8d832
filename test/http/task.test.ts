import { describe, expect, test } from 'vitest'
import { type Api, openApi } from './setup.ts'

async function submitted(api: Api, body: object = {}, headers?: Record<string, string>): Promise<string> {
  const answer = await api.submit(body, headers)
  expect(answer.status).toBe(202)
  return `/api/v1/tasks/${answer.body.id}`
}

/** A task at its end. */
async function ended(api: Api, body: object): Promise<string> {
  const { body: task, status } = await api.submit(body, { prefer: 'wait=20' })
  expect({ status, ended: ['COMPLETED', 'DEAD'].includes(task.state) }).toEqual({ status: 202, ended: true })
  return `/api/v1/tasks/${task.id}`
}

async function running(api: Api): Promise<string> {
  const path = await submitted(api, { name: 'endless' })
  await expect
    .poll(async () => (await api.call('GET', path)).body.state, { interval: 5, timeout: 10_000 })
    .toBe('RUNNING')
  return path
}

describe('GET /api/v1/tasks/{id}', () => {
  test('a failed task tells its last error and every change of its state', async () => {
    const api = await openApi({ running: true })
    const { body, headers } = await api.call('GET', await ended(api, { name: 'broken' }))
    expect(body).toMatchObject({
      state: 'DEAD',
      attempt: 1,
      attemptsLeft: 0,
      lastError: { name: 'RangeError', message: 'no such shelf: 17' },
      history: [
        { state: 'PENDING' },
        { state: 'RUNNING' },
        { state: 'DEAD', attempt: 1, reason: 'RangeError: no such shelf: 17' },
      ],
    })
    expect(headers.etag).toBe(`"${body.version}"`)
  })

  test('a running task tells when its lease ends, and never who holds it', async () => {
    const api = await openApi({ running: true })
    const path = await running(api)
    const { body, text } = await api.call('GET', path)
    expect(Date.parse(body.leaseEndsAt) - Date.parse(body.startedAt)).toBeGreaterThanOrEqual(20_000)
    const row = await api.embedded.backend.tasks.read(body.id)
    for (const secret of [row?.leaseToken, row?.heldBy])
      expect(text).not.toContain(secret ?? expect.fail('a running task has both'))
    expect((await api.call('DELETE', path)).body).toMatchObject({ state: 'RUNNING', cancelRequested: true })
  })

  test('SEC-17 another owner’s task is, to the byte, as unknown as one that does not exist', async () => {
    const api = await openApi()
    const path = await submitted(api, {}, { 'x-actor': 'ann:viewer' })
    const headers = { 'x-actor': 'ben:viewer' }
    const unknown = `/api/v1/tasks/task_${'0'.repeat(26)}`
    const foreign = await api.call('GET', path, { headers })
    const missing = await api.call('GET', unknown, { headers })
    expect(foreign.status).toBe(404)
    expect(foreign.text.replaceAll(path, '')).toBe(missing.text.replaceAll(unknown, ''))
    expect(foreign.headers).toEqual(missing.headers)
    const changes = [
      ['PATCH', '', { title: 'mine' }],
      ['DELETE', '', undefined],
      ['POST', '/cancel', undefined],
      ['POST', '/requeue', undefined],
      ['GET', '/logs', undefined],
    ] as const
    for (const [method, more, body] of changes)
      expect((await api.call(method, path + more, { headers, body })).status).toBe(404)
    expect((await api.call('GET', path, { headers: { 'x-actor': 'ann:viewer' } })).body).toMatchObject({
      state: 'PENDING',
      version: expect.any(Number),
    })
  })

  test.each(['x', 'task_', 'task_%00', 'x'.repeat(3_000), '%2e%2e', '__proto__'])(
    'an id that cannot be one is unknown (%#)',
    async id => {
      const api = await openApi()
      expect((await api.call('GET', `/api/v1/tasks/${id}`)).status).toBe(404)
    },
  )
})

describe('PATCH /api/v1/tasks/{id}', () => {
  test('S1-09 changes each field of a waiting task, and null removes', async () => {
    const api = await openApi()
    const path = await submitted(api, { name: 'echo', payload: 1, title: 'old', description: 'gone', tags: { a: 'b' } })
    const runAt = new Date(Date.now() + 60_000).toISOString()
    const edits = { title: 'new', description: null, tags: { c: 'd' }, priority: 5, payload: { two: 2 }, runAt }
    const { status, body } = await api.call('PATCH', path, { body: edits })
    expect(status).toBe(200)
    expect(body).toMatchObject({
      title: 'new',
      tags: { c: 'd' },
      priority: 5,
      payload: { two: 2 },
      runAt,
      state: 'SCHEDULED',
    })
    expect(body).not.toHaveProperty('description')
    expect((await api.call('PATCH', path, { body: { tags: null } })).body).not.toHaveProperty('tags')
  })

  test('If-Match: the version that was read passes, a stale one is 412 and changes nothing', async () => {
    const api = await openApi()
    const path = await submitted(api)
    const edit = (title: string, match: string) =>
      api.call('PATCH', path, { body: { title }, headers: { 'if-match': match } })
    const first = (await api.call('GET', path)).headers.etag ?? ''
    const edited = await edit('one', first)
    expect(edited.status).toBe(200)
    expect(edited.headers.etag).not.toBe(first)
    expect(await edit('two', first)).toMatchObject({ status: 412, body: { code: 'precondition_failed' } })
    expect(await edit('two', `W/${edited.headers.etag}`)).toMatchObject({ status: 412 })
    expect(await edit('two', `"other", ${first}`)).toMatchObject({ status: 412 })
    expect((await api.call('GET', path)).body.title).toBe('one')
    expect(await edit('three', `${first}, ${edited.headers.etag}`)).toMatchObject({ status: 200 })
    expect(await edit('four', '*')).toMatchObject({ status: 200, body: { title: 'four' } })
    expect(await edit('five', 'bare')).toMatchObject({ status: 400, body: { errors: [{ pointer: 'if-match' }] } })
  })

  test('a task that has ended is 409, with what it can take', async () => {
    const api = await openApi({ running: true })
    const path = await ended(api, { name: 'echo' })
    expect(await api.call('PATCH', path, { body: { title: 'late' } })).toMatchObject({
      status: 409,
      body: { code: 'conflict', currentState: 'COMPLETED', allowedActions: ['requeue'] },
    })
  })

  test('an edit of nothing is refused', async () => {
    const api = await openApi()
    expect(await api.call('PATCH', await submitted(api), { body: {} })).toMatchObject({ status: 422 })
  })
})

describe('cancel and requeue', () => {
  test('POST …/cancel: 200 CANCELED for a waiting task, then 409', async () => {
    const api = await openApi()
    const path = await submitted(api)
    const canceled = await api.call('POST', `${path}/cancel`)
    expect(canceled).toMatchObject({
      status: 200,
      body: { state: 'CANCELED', history: [{}, { state: 'CANCELED', by: 'local' }] },
    })
    expect(canceled.headers.etag).toBe(`"${canceled.body.version}"`)
    const refused = { status: 409, body: { currentState: 'CANCELED', allowedActions: ['requeue'] } }
    expect(await api.call('POST', `${path}/cancel`, { body: {} })).toMatchObject(refused)
    expect(await api.call('DELETE', path)).toMatchObject(refused)
  })

  test('POST …/cancel: 202 for a running task, until its handler was told', async () => {
    const api = await openApi({ running: true })
    const path = await running(api)
    const asked = await api.call('POST', `${path}/cancel`)
    expect(asked).toMatchObject({ status: 202, body: { state: 'RUNNING', cancelRequested: true, attemptsLeft: 0 } })
  })

  test('S1-10 DELETE answers 200 with the task as it is then, and the task stays', async () => {
    const api = await openApi()
    const path = await submitted(api, { title: 'kept' })
    expect(await api.call('DELETE', path)).toMatchObject({ status: 200, body: { state: 'CANCELED' } })
    expect(await api.call('GET', path)).toMatchObject({ status: 200, body: { title: 'kept', state: 'CANCELED' } })
  })

  test('S2-62 requeue starts a new run with a fresh budget, if wanted with another payload', async () => {
    const api = await openApi({ running: true })
    const path = await ended(api, { name: 'broken' })
    const again = await api.call('POST', `${path}/requeue`, { body: { payload: 'other' } })
    expect(again).toMatchObject({
      status: 202,
      headers: { location: path },
      body: { run: 2, attempt: 0, attemptsLeft: 1, payload: 'other' },
    })
    expect(again.body).not.toHaveProperty('lastError')
    const waiting = await submitted(api, { delay: '1h' })
    expect(await api.call('POST', `${waiting}/requeue`)).toMatchObject({
      status: 409,
      body: { currentState: 'SCHEDULED', allowedActions: ['cancel', 'edit'] },
    })
  })
})

test('GET …/logs gives what the handler logged', async () => {
  const api = await openApi({ running: true })
  const path = await ended(api, { name: 'echo' })
  const { body } = await api.call('GET', `${path}/logs`)
  expect(body).toMatchObject({
    items: [{ run: 1, attempt: 1, level: 'info', message: 'echoing', fields: { times: 1 } }],
  })
})
