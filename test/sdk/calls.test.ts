import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { Pulse } from '../../shared/sdk/index.ts'
import { FakeApi, shownTask, TASK_ID, virtualEdges } from './fake-api.ts'

const api = new FakeApi()
let pulse: Pulse
beforeAll(() => api.start())
afterAll(() => api.stop())
beforeEach(() => {
  pulse = new Pulse({ url: api.url }, virtualEdges())
})

const task = { status: 200, body: shownTask({ state: 'DEAD' }) }
const asked = () => {
  const { method, url, body } = api.last()
  return [`${method} ${decodeURIComponent(url.replace('/api/v1', ''))}`, body]
}

describe('one task', () => {
  beforeEach(() => api.answer(task))
  const handle = { id: TASK_ID, state: 'PENDING', replayed: false } as const

  test('get, by id or handle', async () => {
    expect(await pulse.get(TASK_ID)).toEqual(task.body)
    expect(asked()).toEqual([`GET /tasks/${TASK_ID}`, undefined])
    await pulse.get(handle)
    expect(asked()).toEqual([`GET /tasks/${TASK_ID}`, undefined])
  })
  test('an id cannot lead to another path', async () => {
    await pulse.get('../stats?a=b#c')
    expect(api.last().url).toBe('/api/v1/tasks/..%2Fstats%3Fa%3Db%23c')
    // These would lead to the list, and to what is above it.
    for (const id of ['', '.', '..']) await expect(pulse.get(id)).rejects.toThrow(`"${id}" is no id of a task`)
  })
  test('cancel', async () => {
    expect(await pulse.cancel(handle)).toEqual(task.body)
    expect(asked()).toEqual([`POST /tasks/${TASK_ID}/cancel`, undefined])
  })
  test('requeue, as it was or with another payload', async () => {
    expect(await pulse.requeue(TASK_ID)).toEqual(task.body)
    expect(asked()).toEqual([`POST /tasks/${TASK_ID}/requeue`, {}])
    await pulse.requeue(TASK_ID, { payload: null })
    expect(asked()).toEqual([`POST /tasks/${TASK_ID}/requeue`, { payload: null }])
  })
  test('edit', async () => {
    const changes = { title: null, tags: { a: 'b' }, priority: 5, payload: [1], runAt: new Date(0) } as const
    expect(await pulse.edit(handle, changes)).toEqual(task.body)
    expect(asked()).toEqual([`PATCH /tasks/${TASK_ID}`, { ...changes, runAt: '1970-01-01T00:00:00.000Z' }])
    expect(api.last().headers).not.toHaveProperty('if-match')
    await pulse.edit(TASK_ID, { title: 'x' }, { ifVersion: 17 })
    expect(asked()).toEqual([`PATCH /tasks/${TASK_ID}`, { title: 'x' }])
    expect(api.last().headers['if-match']).toBe('"17"')
  })
})

describe('lists', () => {
  const page = (items: unknown[], nextCursor?: string) => ({
    status: 200,
    body: { items, ...(nextCursor && { nextCursor }) },
  })
  async function collect(list: AsyncIterable<unknown>): Promise<unknown[]> {
    const items: unknown[] = []
    for await (const item of list) items.push(item)
    return items
  }

  test('are walked page by page, also over a page that is empty', async () => {
    api.answer(page([1, 2], 'c/1'), page([], 'c 2'), page([3]))
    expect(await collect(pulse.list())).toEqual([1, 2, 3])
    expect(api.seen.map(({ url }) => url)).toEqual([
      '/api/v1/tasks',
      '/api/v1/tasks?cursor=c%2F1',
      '/api/v1/tasks?cursor=c+2',
    ])
  })
  test('fetch no page that nobody asks for', async () => {
    api.answer(page([1, 2], 'c1'))
    for await (const item of pulse.list()) if (item) break
    expect(api.seen).toHaveLength(1)
  })
  test('every filter travels, on every page', async () => {
    api.answer(page([1], 'next'), page([2]))
    const list = pulse.list({
      state: ['DEAD', 'EXPIRED'],
      name: 'mail',
      tag: 'customer:47:11',
      priority: 2,
      createdAfter: new Date(0),
      createdBefore: '2030-01-31T00:00:00+01:00',
      pageSize: 7,
    })
    expect(await collect(list)).toEqual([1, 2])
    const expected = {
      state: 'DEAD,EXPIRED',
      name: 'mail',
      tag: 'customer:47:11',
      priority: '2',
      createdAfter: '1970-01-01T00:00:00.000Z',
      createdBefore: '2030-01-31T00:00:00+01:00',
      limit: '7',
    }
    const queries = api.seen.map(({ url }) => Object.fromEntries(new URL(url, api.url).searchParams))
    expect(queries).toEqual([expected, { ...expected, cursor: 'next' }])
    api.answer(page([]))
    await collect(pulse.list({ state: 'RUNNING' }))
    expect(api.last().url).toBe('/api/v1/tasks?state=RUNNING')
  })
  test('single pages, by the cursor of the page before', async () => {
    api.answer(page([1], 'next'))
    expect(
      await pulse.deadLetters({ name: 'mail', fingerprint: '0123456789abcdef', pageSize: 1 }).page('here'),
    ).toEqual({ items: [1], nextCursor: 'next' })
    expect(asked()[0]).toBe('GET /dead-letters?name=mail&fingerprint=0123456789abcdef&limit=1&cursor=here')
  })
  test('logs', async () => {
    api.answer(page(['line']))
    expect(await collect(pulse.logs(TASK_ID, { pageSize: 200 }))).toEqual(['line'])
    expect(asked()[0]).toBe(`GET /tasks/${TASK_ID}/logs?limit=200`)
  })
  test('a signal ends the walk', async () => {
    const controller = new AbortController()
    api.answer(page([1], 'next'))
    const walk = (async () => {
      for await (const _ of pulse.list({ signal: controller.signal })) controller.abort(new Error('enough'))
    })()
    await expect(walk).rejects.toThrow('enough')
  })
})

describe('requeueDeadLetters', () => {
  test('goes on until no page is left', async () => {
    const refused = {
      id: 'c',
      problem: { code: 'conflict', status: 409, detail: 'it runs again', currentState: 'RUNNING' },
    }
    api.answer(
      { status: 200, body: { requeued: ['a'], nextCursor: 'n1' } },
      { status: 200, body: { requeued: ['b'], refused: [refused] } },
    )
    const done = await pulse.requeueDeadLetters({ name: 'mail', fingerprint: '0123456789abcdef' })
    expect(done.requeued).toEqual(['a', 'b'])
    expect(done.refused).toMatchObject([{ id: 'c', error: { code: 'conflict', currentState: 'RUNNING' } }])
    const filter = { name: 'mail', fingerprint: '0123456789abcdef' }
    expect(api.seen.map(({ body }) => body)).toEqual([filter, { ...filter, cursor: 'n1' }])
    expect(asked()[0]).toBe('POST /dead-letters/requeue')
  })
  test('cuts ids by 200', async () => {
    api.answer(({ body }) => ({ status: 200, body: { requeued: (body as { ids: string[] }).ids } }))
    const ids = Array.from({ length: 401 }, (_, index) => `task_${index}`)
    expect(await pulse.requeueDeadLetters({ ids })).toEqual({ requeued: ids, refused: [] })
    expect(api.seen).toHaveLength(3)
  })
  test('all', async () => {
    api.answer({ status: 200, body: { requeued: [] } })
    expect(await pulse.requeueDeadLetters({ all: true })).toEqual({ requeued: [], refused: [] })
    expect(asked()[1]).toEqual({ all: true })
  })
})

describe('operations', () => {
  const dispatch = { status: 200, body: { paused: false, pauses: [] } }
  test('pause and resume', async () => {
    api.answer(dispatch)
    expect(await pulse.pause({ reason: 'mail is down', name: 'mail', for: '30m' })).toEqual(dispatch.body)
    expect(asked()).toEqual(['POST /dispatch/pause', { reason: 'mail is down', name: 'mail', for: '30m' }])
    await pulse.pause({ reason: 'all' })
    expect(asked()).toEqual(['POST /dispatch/pause', { reason: 'all' }])
    await pulse.resume({ priority: 2 })
    expect(asked()).toEqual(['POST /dispatch/resume', { priority: 2 }])
    await pulse.resume()
    expect(asked()).toEqual(['POST /dispatch/resume', {}])
  })
  test('dispatch and stats', async () => {
    api.answer(dispatch)
    expect(await pulse.dispatch()).toEqual(dispatch.body)
    expect(asked()).toEqual(['GET /dispatch', undefined])
    await pulse.stats()
    expect(asked()).toEqual(['GET /stats', undefined])
  })
})
