import { expect, test } from 'vitest'
import * as schemas from '../../../shared/http/answer-schemas.ts'
import { eventually } from '../eventually.ts'
import type { Drive } from './drive.ts'

export function pages(drive: Drive): void {
  test('lists are filtered and paged', async () => {
    const { api } = drive()
    const customer = crypto.randomUUID()
    const tasks = Array.from({ length: 25 }, (_, n) => ({ name: 'echo', payload: n, tags: { customer } }))
    const { items } = schemas.batchAnswer.parse((await api.post('/api/v1/tasks/batch', { tasks })).body)
    const ids = items.flatMap(item => ('id' in item ? [item.id] : []))
    await Promise.all(ids.map(id => api.ended(id)))
    const filter = `name=echo&tag=customer:${customer}&state=completed&limit=10`
    const walk = async () => {
      const found: string[] = []
      let cursor: string | undefined
      do {
        const query = cursor === undefined ? filter : `${filter}&cursor=${encodeURIComponent(cursor)}`
        const page = schemas.taskPage.parse((await api.get(`/api/v1/tasks?${query}`)).body)
        found.push(...page.items.map(({ id }) => id))
        cursor = page.nextCursor
      } while (cursor !== undefined)
      return found
    }
    const found = await eventually(walk, all => all.length >= ids.length)
    expect(found.toSorted()).toEqual(ids.toSorted())
    const created = await Promise.all(found.map(async id => (await api.task(id)).createdAt))
    expect(created).toEqual(created.toSorted().toReversed())
    expect(await api.get('/api/v1/tasks?cursor=forged')).toMatchObject({ status: 400 })
  })

  test('health, the description of the API and its pages are served', async () => {
    const { api } = drive()
    expect(await api.get('/ready')).toMatchObject({ status: 200, body: { status: 'ok' } })
    expect(await api.get('/openapi.json')).toMatchObject({
      status: 200,
      body: { openapi: expect.stringMatching(/^3\.1/) },
    })
    // The emulator takes this path for its own, whatever the host; with a slash at its end it is the API's.
    expect(await api.get('/health/')).toMatchObject({ status: 200, body: { status: 'ok' } })
    for (const path of ['/docs', '/redoc', '/console/schedules']) {
      const page = await api.get(path)
      expect(page).toMatchObject({ status: 200, headers: { 'content-type': 'text/html; charset=utf-8' } })
      const base = `http://api${path}`
      const assets = [...page.text.matchAll(/(?:src|href)="([^"]+\.(?:js|css|svg))"/g)].map(([, link = '']) => link)
      if (path !== '/redoc') expect(assets.length).toBeGreaterThan(1)
      for (const link of assets) {
        const asset = await api.get(new URL(link, base).pathname)
        expect(asset.status, link).toBe(200)
        expect(asset.text.length, link).toBeGreaterThan(100)
      }
    }
  })
}
