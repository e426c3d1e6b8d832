import { describe, expect, test } from 'vitest'
import { get, join, makeKey, type Person, send } from './people.ts'
import { type Api, openApi } from './setup.ts'

/** Lists that go on, with a query that leaves something for a second page. */
const lists = [
  ['users', '/users', ''],
  ['audit', '/audit', 'action=user.register&'],
  ['tasks', '/tasks', ''],
] as const

async function open(): Promise<{ api: Api; admin: Person }> {
  const api = await openApi({ accounts: true })
  const admin = await join(api, 'admin')
  for (let count = 0; count < 3; count++) await send(api, 'POST', '/tasks', await join(api), { delay: '1h' })
  return { api, admin }
}

async function cursorOf(api: Api, path: string, person: Person, filter: string): Promise<string> {
  const { body } = await get(api, path, person, { query: `${filter}limit=1` })
  expect(body.nextCursor).toEqual(expect.any(String))
  return body.nextCursor
}

describe('SEC-20 cursors', () => {
  test.each(lists)(
    'SEC-20 of %s are refused to anybody else, and to the same person in another role',
    async (_, path, filter) => {
      const { api, admin } = await open()
      const second = await join(api, 'admin')
      const cursor = await cursorOf(api, path, admin, filter)
      const query = { query: `${filter}limit=1&cursor=${cursor}` }
      expect((await get(api, path, admin, query)).body.items).toHaveLength(1)
      // A key of the same person is the same person.
      expect((await get(api, path, await makeKey(api, admin, ['admin', 'tasks:read']), query)).status).toBe(200)
      const refused = await get(api, path, second, query)
      expect(refused).toMatchObject({ status: 400, body: { code: 'malformed', errors: [{ pointer: 'cursor' }] } })
      await send(api, 'PATCH', `/users/${admin.id}`, second, { role: 'operator' })
      expect((await get(api, path, admin, query)).status).toBe(path === '/tasks' ? 400 : 403)
    },
  )

  test.each(lists)('SEC-20 of %s are refused when a bit is flipped', async (_, path, filter) => {
    const { api, admin } = await open()
    const bytes = Buffer.from(await cursorOf(api, path, admin, filter), 'base64url')
    for (let bit = 0; bit < bytes.length * 8; bit += 5) {
      const flipped = Buffer.from(bytes)
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      const query = `${filter}limit=1&cursor=${flipped.toString('base64url')}`
      expect((await get(api, path, admin, { query })).status).toBe(400)
    }
  })

  test('SEC-20 of one list or filter are refused for another', async () => {
    const { api, admin } = await open()
    const own = await Promise.all(lists.map(([, path, filter]) => cursorOf(api, path, admin, filter)))
    for (const [index, [, path, filter]] of lists.entries())
      for (const [other, cursor] of own.entries()) {
        const { status } = await get(api, path, admin, { query: `${filter}cursor=${cursor}` })
        expect(status, `${path} ${other}`).toBe(other === index ? 200 : 400)
      }
    const audit = own[1]
    for (const filter of ['', 'action=session.begin&', `by=${admin.id}&`, `action=user.register&by=${admin.id}&`])
      expect((await get(api, '/audit', admin, { query: `${filter}cursor=${audit}` })).status, filter).toBe(400)
  })
})
