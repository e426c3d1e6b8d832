import { describe, expect, test } from 'vitest'
import { MOST_KEYS } from '../../shared/identity/key-row.ts'
import { createManualClock } from '../helpers/clock.ts'
import { auditOf, get, join, login, makeKey, type Person, send } from './people.ts'
import { type Api, openApi } from './setup.ts'
import { withRecords } from './with-records.ts'

const DAY_MS = 86_400_000
const clean = (api: Api, admin: Person) => send(api, 'POST', '/janitor', admin)
const keysOf = async (api: Api, person: Person) => (await get(api, '/api-keys', person)).body.items

describe('the janitor of API keys', () => {
  test('S4-09 S4-10 says what it has done, and when it ran last', async () => {
    const clock = createManualClock()
    const api = await openApi({ accounts: true, clock })
    const [first, person] = [await join(api, 'admin'), await join(api)]
    expect(await get(api, '/janitor', first)).toMatchObject({ status: 404, body: { code: 'not_found' } })
    const expired = await makeKey(api, person, undefined, { expiresAt: '2031-05-18T09:00:00Z' })
    const unused = await makeKey(api, person)
    clock.set(clock.now() + 91 * DAY_MS)
    const [admin, owner] = [await login(api, first.email), await login(api, person.email)]
    const young = await makeKey(api, owner)
    const before = await keysOf(api, owner)

    const answer = await clean(api, admin)
    const at = '2031-08-16T10:00:00.000Z'
    const counts = { users: 2, keys: 3, expired: 1, unused: 1 }
    expect(answer).toMatchObject({ status: 200 })
    expect(answer.body).toEqual({ done: true, startedAt: at, endedAt: at, ...counts })
    clock.set(clock.now() + 1)
    expect((await get(api, '/janitor', admin)).body).toEqual(answer.body)

    const after = new Map((await keysOf(api, owner)).map((key: { id: string }) => [key.id, key]))
    const [old, idle, other] = [expired, unused, young].map(({ id }) => before.find((key: typeof old) => key.id === id))
    expect([old.state, idle.state, other.state]).toEqual(['expired', 'unused', 'active'])
    expect(after.get(expired.id)).toEqual({ ...old, revokedAt: '2031-05-18T09:00:00.000Z' })
    expect(after.get(unused.id)).toEqual({ ...idle, revokedAt: at })
    expect(after.get(young.id)).toEqual(other)
    expect((await get(api, '/tasks', young)).status).toBe(200)

    const told = (await auditOf(api, admin)).filter(({ by, action }) => by === 'janitor' || action === 'janitor.run')
    expect(told).toHaveLength(3)
    expect(told).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ action: 'janitor.run', by: admin.id, after: { done: true, ...counts } }),
        ...[
          { target: expired.id, reason: 'expired' },
          { target: unused.id, reason: 'unused' },
        ].map(entry =>
          expect.objectContaining({ action: 'key.revoke', by: 'janitor', owner: owner.id, outcome: 'done', ...entry }),
        ),
      ]),
    )
    expect(new Set(told.map(({ requestId }) => requestId)).size).toBe(1)
  })

  test('S4-09 a key that it has ended is ended: it is not replaced, and revoking it changes nothing', async () => {
    const clock = createManualClock()
    const api = await openApi({ accounts: true, clock })
    const first = await join(api, 'admin')
    const { id, text } = await makeKey(api, first)
    clock.set(clock.now() + 91 * DAY_MS)
    const admin = await login(api, first.email)
    await clean(api, admin)
    const [key] = await keysOf(api, admin)
    expect(await send(api, 'POST', `/api-keys/${id}/rotate`, admin)).toMatchObject({ status: 409 })
    expect((await get(api, '/tasks', text)).status).toBe(401)
    clock.set(clock.now() + 1)
    expect((await send(api, 'DELETE', `/api-keys/${id}`, admin)).body).toEqual(key)
    expect(await keysOf(api, admin)).toEqual([key])
  })

  test('S4-08 S4-09 keys that nobody uses make room for others 30 days after', async () => {
    const clock = createManualClock()
    const api = await openApi({ accounts: true, clock })
    const first = await join(api, 'admin')
    for (let count = 0; count < MOST_KEYS; count++) await makeKey(api, first)
    clock.set(clock.now() + 91 * DAY_MS)
    await clean(api, await login(api, first.email))
    const made = async () => {
      await api.embedded.backend.expiry.step(clock.now())
      const admin = await login(api, first.email)
      return (await send(api, 'POST', '/api-keys', admin, { name: 'ci' })).status
    }
    clock.set(clock.now() + 30 * DAY_MS - 1)
    expect(await made()).toBe(422)
    clock.set(clock.now() + 1)
    expect(await made()).toBe(201)
  })

  test('S4-10 one request takes no longer than the gateway waits: the next one goes on', async () => {
    const clock = createManualClock()
    const api = await openApi({
      accounts: true,
      clock,
      stores: withRecords(records => ({
        list(query) {
          if (query.partition === 'users') clock.set(clock.now() + 10_000)
          return records.list(query)
        },
      })),
    })
    const admin = await join(api, 'admin')
    for (let count = 0; count < 50; count++) await join(api)
    const some = await clean(api, admin)
    expect(some.body).toEqual({ done: false, startedAt: expect.any(String), users: 50, keys: 0, expired: 0, unused: 0 })
    expect((await get(api, '/janitor', admin)).body).toEqual(some.body)
    const { body } = await clean(api, admin)
    expect(body).toEqual({ ...some.body, done: true, users: 51, endedAt: expect.any(String) })
  })
})
