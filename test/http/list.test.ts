import { describe, expect, test } from 'vitest'
import { type Api, openApi } from './setup.ts'

const path = '/api/v1/tasks'

async function ids(api: Api, query: string, headers: Record<string, string> = {}): Promise<string[]> {
  const { status, body } = await api.call('GET', path, { query, headers })
  expect(status).toBe(200)
  return body.items.map((item: { title: string }) => item.title)
}

async function withTasks(...bodies: object[]): Promise<Api> {
  const api = await openApi()
  for (const body of bodies) await api.submit(body)
  return api
}

describe('GET /api/v1/tasks', () => {
  test('S1-06 newest first, without payload, result and history', async () => {
    const api = await withTasks({ title: 'one', payload: 1 }, { title: 'two', payload: 2 })
    expect(await ids(api, '')).toEqual(['two', 'one'])
    const { body } = await api.call('GET', `${path}/`)
    for (const field of ['payload', 'result', 'history', 'leaseToken', 'owner', 'fingerprint'])
      expect(body.items[0]).not.toHaveProperty(field)
    expect(body).not.toHaveProperty('nextCursor')
  })

  test.each(['tag=%ff:%fe', 'name=%', 'name=%zz'])(
    'SEC-32 refuses the query %s, which is no percent-encoded UTF-8',
    async query => {
      const api = await openApi()
      const { status, body } = await api.call('GET', path, { query })
      expect(status).toBe(400)
      expect(body).toMatchObject({ code: 'malformed', detail: expect.stringMatching(/percent-encoded UTF-8/) })
    },
  )

  test('filters by state in any case and by its aliases, several at a time', async () => {
    const api = await withTasks({ title: 'now' }, { title: 'later', delay: '1h' })
    const canceled = await api.submit({ title: 'canceled' })
    await api.call('DELETE', `${path}/${canceled.body.id}`)
    expect(await ids(api, 'state=PENDING')).toEqual(['now'])
    expect(await ids(api, 'state=queued')).toEqual(['now'])
    expect(await ids(api, 'state=Scheduled&state=CANCELED')).toEqual(['canceled', 'later'])
    expect(await ids(api, 'state=pending,cancelled')).toEqual(['canceled', 'now'])
    expect(await ids(api, 'state=FAILED')).toEqual([])
  })

  test('filters by name or topic, priority, tag and time', async () => {
    const api = await withTasks(
      { title: 'a', name: 'echo', priority: 1, tags: { customer: '47:11' } },
      { title: 'b', name: 'later', priority: 2, tags: { customer: '12' } },
    )
    expect(await ids(api, 'name=echo')).toEqual(['a'])
    expect(await ids(api, 'topic=later')).toEqual(['b'])
    expect(await ids(api, 'priority=high')).toEqual(['a'])
    expect(await ids(api, 'priority=2')).toEqual(['b'])
    expect(await ids(api, 'tag=customer:47%3A11')).toEqual(['a'])
    expect(await ids(api, 'createdAfter=2001-01-01T00:00:00Z&createdBefore=2999-01-01T00:00:00Z')).toEqual(['b', 'a'])
    expect(await ids(api, 'createdAfter=2999-01-01T00:00:00Z')).toEqual([])
  })

  test.each([
    ['limit=x', 400, 'limit'],
    ['limit=1.5', 400, 'limit'],
    ['limit=0', 422, 'limit'],
    ['limit=201', 422, 'limit'],
    ['limit=1&limit=2', 400, 'limit'],
    ['name=a&name=a', 400, 'name'],
    ['name=a&topic=b', 422, 'topic'],
    ['stat=PENDING', 400, 'stat'],
    ['state=SLEEPING', 422, 'state'],
    ['state=', 422, 'state'],
    ['priority=9', 422, 'priority'],
    ['priority=x', 400, 'priority'],
    ['tag=customer', 422, 'tag'],
    ['createdAfter=yesterday', 422, 'createdAfter'],
    ['owner=ann', 400, 'owner'],
    ['__proto__=x', 400, '__proto__'],
    ['cursor=abc', 400, 'cursor'],
  ])('%s is %d', async (query, status, pointer) => {
    const api = await openApi()
    expect(await api.call('GET', path, { query })).toMatchObject({ status, body: { errors: [{ pointer }] } })
  })

  test('S1-07 pages follow each other by cursor and by link until all are seen', async () => {
    const api = await withTasks(
      ...Array.from({ length: 7 }, (_, index) => ({ title: String(index), tags: { t: 'é' } })),
    )
    const seen: string[] = []
    let query = 'limit=3&tag=t:%C3%A9'
    for (;;) {
      const { body, headers } = await api.call('GET', path, { query })
      seen.push(...body.items.map((item: { title: string }) => item.title))
      if (body.nextCursor === undefined) {
        expect(headers).not.toHaveProperty('link')
        break
      }
      const link = /^<\/api\/v1\/tasks\?(?<query>[^>]+)>; rel="next"$/.exec(headers.link ?? '')
      expect(new URLSearchParams(link?.groups?.query).get('cursor')).toBe(body.nextCursor)
      query = link?.groups?.query ?? ''
    }
    expect(seen).toEqual(['6', '5', '4', '3', '2', '1', '0'])
  })

  test('SEC-20 a cursor is worthless with another filter, list, owner or role, and with a bit flipped', async () => {
    const api = await withTasks({ title: 'a', name: 'echo' }, { title: 'b', name: 'echo' })
    const get = (query: string, more: { at?: string; actor?: string } = {}) =>
      api.call('GET', more.at ?? path, { query, ...(more.actor && { headers: { 'x-actor': more.actor } }) })
    const { nextCursor } = (await get('limit=1&name=echo')).body
    expect((await get(`limit=9&name=echo&cursor=${nextCursor}`)).status).toBe(200)
    expect((await get(`name=later&cursor=${nextCursor}`)).status).toBe(400)
    expect((await get(`cursor=${nextCursor}`)).status).toBe(400)
    expect((await get(`name=echo&cursor=${nextCursor}`, { at: '/api/v1/dead-letters' })).status).toBe(400)
    expect((await get(`name=echo&cursor=${nextCursor}`, { actor: 'ann:admin' })).status).toBe(400)
    expect((await get(`name=echo&cursor=${nextCursor}`, { actor: 'local:viewer' })).status).toBe(400)
    const flipped = nextCursor.slice(0, 5) + (nextCursor[5] === 'A' ? 'B' : 'A') + nextCursor.slice(6)
    expect((await get(`name=echo&cursor=${flipped}`)).status).toBe(400)
  })

  test('S1-21 viewers see their own tasks, operators everybody’s', async () => {
    const api = await openApi()
    for (const owner of ['ann', 'ben']) await api.submit({ title: owner }, { 'x-actor': `${owner}:viewer` })
    expect(await ids(api, '', { 'x-actor': 'ann:viewer' })).toEqual(['ann'])
    expect(await ids(api, '', { 'x-actor': 'olga:operator' })).toEqual(['ben', 'ann'])
  })
})
