import { describe, expect, test } from 'vitest'
import { StoreUnavailable } from '../../shared/ports/store-unavailable.ts'
import { type Api, openApi } from './setup.ts'

async function dead(api: Api): Promise<{ id: string; fingerprint: string }> {
  const { body } = await api.submit({ name: 'broken' }, { prefer: 'wait=20' })
  expect(body.state).toBe('DEAD')
  return { id: body.id, fingerprint: body.lastError.fingerprint }
}

const requeue = (api: Api, body: unknown) => api.call('POST', '/api/v1/dead-letters/requeue', { body })

describe('dead letters', () => {
  test('S2-63 the inbox shows the last error and its fingerprint, and filters by them', async () => {
    const api = await openApi({ running: true })
    const { id, fingerprint } = await dead(api)
    await api.submit({ name: 'echo' }, { prefer: 'wait=20' })
    const list = async (query: string) => (await api.call('GET', '/api/v1/dead-letters', { query })).body.items
    expect(await list('')).toMatchObject([
      { id, state: 'DEAD', lastError: { name: 'RangeError', message: 'no such shelf: 17', fingerprint } },
    ])
    expect(await list(`fingerprint=${fingerprint}&name=broken`)).toMatchObject([{ id }])
    expect(await list('topic=echo')).toEqual([])
    expect(await list('fingerprint=0000000000000000')).toEqual([])
    expect((await api.call('GET', '/api/v1/dead-letters', { query: 'fingerprint=zz' })).status).toBe(422)
  })

  test('requeue by ids: each stands for itself', async () => {
    const api = await openApi({ running: true })
    const { id } = await dead(api)
    const alive = (await api.submit({ delay: '1h' })).body.id
    const { status, body } = await requeue(api, { ids: [id, alive, 'task_unknown', id] })
    expect(status).toBe(200)
    expect(body.requeued).toEqual([id])
    expect(body.refused).toMatchObject([
      { id: alive, problem: { status: 409, currentState: 'SCHEDULED' } },
      { id: 'task_unknown', problem: { status: 404 } },
    ])
  })

  test('requeue by filter goes page by page; all must be said', async () => {
    const api = await openApi({ running: true })
    const ids = [await dead(api), await dead(api), await dead(api)].map(task => task.id)
    await api.call('POST', '/api/v1/dispatch/pause', { body: { reason: 'test', name: 'broken' } })
    expect((await requeue(api, { name: 'echo' })).body).toEqual({ requeued: [] })
    const first = await requeue(api, { name: 'broken', limit: 2 })
    expect(first.body.requeued).toHaveLength(2)
    const stolen = { all: true, cursor: first.body.nextCursor }
    expect((await requeue(api, stolen)).status).toBe(400)
    const rest = await requeue(api, { name: 'broken', cursor: first.body.nextCursor })
    expect([...first.body.requeued, ...rest.body.requeued].sort()).toEqual(ids.sort())
    expect((await requeue(api, { all: true })).body).toEqual({ requeued: [] })
  })

  test.each([
    {},
    { all: true, name: 'a' },
    { ids: ['a'], all: true },
    { ids: ['a'], limit: 5 },
    { limit: 5 },
    { ids: [] },
    { all: false },
  ])('requeue of %j does not say clearly which', async body => {
    const api = await openApi()
    expect((await requeue(api, body)).status).toBe(422)
  })
})

describe('dispatch', () => {
  const pause = (api: Api, body: unknown, actor = 'local:operator') =>
    api.call('POST', '/api/v1/dispatch/pause', { body, headers: { 'x-actor': actor } })

  test('S2-20 pause and resume everything, one priority, one name', async () => {
    const api = await openApi()
    expect((await api.call('GET', '/api/v1/dispatch')).body).toEqual({ paused: false, pauses: [] })
    await pause(api, { reason: 'slow mail', name: 'echo', for: '30m' })
    await pause(api, { reason: 'too much', priority: 'low' })
    const { body } = await pause(api, { reason: 'maintenance' })
    expect(body.paused).toBe(true)
    expect(body.pauses).toHaveLength(3)
    const byName = body.pauses.find((each: { name?: string }) => each.name === 'echo')
    expect(byName).toMatchObject({ reason: 'slow mail', by: 'by-local' })
    expect(Date.parse(byName.until) - Date.parse(byName.since)).toBe(1_800_000)
    expect(body.pauses).toContainEqual(expect.objectContaining({ priority: 5, reason: 'too much' }))
    const resumed = await api.call('POST', '/api/v1/dispatch/resume')
    expect(resumed.body).toMatchObject({ paused: false, pauses: [{}, {}] })
    await api.call('POST', '/api/v1/dispatch/resume', { body: { priority: 5 } })
    expect((await api.call('POST', '/api/v1/dispatch/resume', { body: { name: 'echo' } })).body.pauses).toEqual([])
  })

  test('pausing is refused without a reason, with two selectors, and to viewers', async () => {
    const api = await openApi()
    expect(await pause(api, {})).toMatchObject({
      status: 400,
      body: { errors: [{ pointer: '/reason', detail: 'is required' }] },
    })
    expect(await pause(api, { reason: '' })).toMatchObject({ status: 422 })
    expect(await pause(api, { reason: 'x', name: 'echo', priority: 1 })).toMatchObject({
      status: 422,
      body: { errors: [{ pointer: '/name' }] },
    })
    expect(await pause(api, { reason: 'x' }, 'ann:viewer')).toMatchObject({ status: 403, body: { code: 'forbidden' } })
    expect(await pause(api, { reason: 'x' }, 'nobody')).toMatchObject({
      status: 401,
      headers: { 'www-authenticate': 'Bearer' },
    })
    expect((await api.call('GET', '/api/v1/dispatch')).body.pauses).toEqual([])
  })
})

describe('stats, health and readiness', () => {
  test('S2-68 counts per name and state, totals, the oldest waiting task, the last hour', async () => {
    const api = await openApi({ running: true })
    await dead(api)
    await api.submit({ name: 'echo' }, { prefer: 'wait=20' })
    await api.call('POST', '/api/v1/dispatch/pause', { body: { reason: 'test' } })
    const oldest = (await api.submit({ name: 'echo' })).body.id
    await api.submit({ name: 'echo', delay: '1h' })
    const { body } = await api.call('GET', '/api/v1/stats')
    expect(body.totals).toMatchObject({ PENDING: 2, COMPLETED: 1, DEAD: 1, RUNNING: 0 })
    expect(body.names).toMatchObject([
      { name: 'broken', counts: { DEAD: 1, PENDING: 0 } },
      { name: 'echo', counts: { COMPLETED: 1, PENDING: 2 } },
    ])
    expect(body.oldestWaiting).toMatchObject({ id: oldest, name: 'echo' })
    expect(body.lastHour).toMatchObject({ COMPLETED: 1, DEAD: 1, CANCELED: 0 })
    expect(body.pauses).toMatchObject([{ reason: 'test' }])
  })

  test('S1-11 /health needs nothing; /ready fails with the store', async () => {
    const api = await openApi({ probe: () => Promise.reject(new StoreUnavailable('disk full at /secret/path')) })
    expect(await api.call('GET', '/health', { headers: { 'x-actor': 'nobody' } })).toMatchObject({
      status: 200,
      body: { status: 'ok' },
    })
    const ready = await api.call('GET', '/ready')
    expect(ready).toMatchObject({ status: 503, headers: { 'retry-after': '1' }, body: { code: 'unavailable' } })
    expect(ready.text).not.toContain('secret')
    expect(await (await openApi()).call('GET', '/ready')).toMatchObject({ status: 200 })
  })
})
