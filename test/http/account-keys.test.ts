import { describe, expect, test } from 'vitest'
import { type Scope, scopes } from '../../shared/core/actor.ts'
import { createManualClock, type ManualClock } from '../helpers/clock.ts'
import { bytesOf, get, join, type Key, login, makeKey, post, send } from './people.ts'
import { type Api, openApi } from './setup.ts'

const SECOND_MS = 1_000
const HOUR_MS = 3_600_000
const DAY_MS = 86_400_000
const later = (clock: ManualClock, ms: number) => clock.set(clock.now() + ms)
const tasks = async (api: Api, key: Key | string) => (await get(api, '/tasks', key)).status

describe('API keys', () => {
  test('S4-05 a key is shown once: in no later answer is there anything of it but its beginning', async () => {
    const api = await openApi({ accounts: true })
    const person = await join(api)
    const made = await send(api, 'POST', '/api-keys', person, { name: 'ci', scopes: ['tasks:read', 'account'] })
    expect(made).toMatchObject({ status: 201, headers: { 'cache-control': 'no-store' }, body: { state: 'active' } })
    const { id, key, prefix } = made.body
    expect(key).toMatch(/^pk_live_[0-9A-Z]{36}_[0-9A-Za-z]{43}_[0-9A-Za-z]{6}$/)
    expect([key.startsWith(prefix), id]).toEqual([true, `key_${prefix.slice('pk_live_'.length)}`])
    const secret = key.slice(prefix.length + 1, -7)
    const admin = await join(api, 'admin')
    const answers = [
      await get(api, '/api-keys', person),
      await get(api, '/api-keys', key),
      await get(api, '/api-keys', admin, { query: `user=${person.id}` }),
      await get(api, '/auth/me', key),
      await get(api, '/audit', admin),
      await get(api, '/api-keys', `${key}x`),
      await send(api, 'POST', `/api-keys/${id}/rotate`, person, { overlap: '1h' }),
      await send(api, 'DELETE', `/api-keys/${id}`, person),
    ]
    for (const { text } of answers) expect(text).not.toContain(secret)
  })

  test('S4-06 keys are listed with what they may do and when they were used, to the hour', async () => {
    const clock = createManualClock()
    const api = await openApi({ accounts: true, clock })
    const person = await join(api)
    const key = await makeKey(api, person, undefined, { expiresAt: '2031-05-18T10:00:00Z' })
    const listed = async () => (await get(api, '/api-keys', await login(api, person.email))).body.items[0]
    expect(await listed()).toEqual({
      id: key.id,
      user: person.id,
      name: 'ci',
      prefix: expect.stringMatching(/^pk_live_[0-9A-Z]{36}$/),
      scopes: ['tasks:read', 'tasks:write'],
      state: 'active',
      createdAt: '2031-05-17T10:00:00.000Z',
      expiresAt: '2031-05-18T10:00:00.000Z',
    })
    later(clock, SECOND_MS)
    await tasks(api, key)
    expect((await listed()).lastUsedAt).toBe('2031-05-17T10:00:01.000Z')
    later(clock, HOUR_MS - 1)
    await tasks(api, key)
    expect((await listed()).lastUsedAt).toBe('2031-05-17T10:00:01.000Z')
    later(clock, 30 * SECOND_MS)
    await tasks(api, key)
    expect((await listed()).lastUsedAt).toBe('2031-05-17T11:00:30.999Z')
  })

  test('S4-07 S4-08 a revoked key is refused at once, stays in the list for 30 days, and revoking twice changes nothing', async () => {
    const clock = createManualClock()
    const api = await openApi({ accounts: true, clock })
    const person = await join(api)
    const key = await makeKey(api, person)
    expect(await tasks(api, key)).toBe(200)
    const revoked = await send(api, 'DELETE', `/api-keys/${key.id}`, person)
    expect(revoked).toMatchObject({ status: 200, body: { state: 'revoked', revokedAt: '2031-05-17T10:00:00.000Z' } })
    expect(await tasks(api, key)).toBe(401)
    later(clock, SECOND_MS)
    expect((await send(api, 'DELETE', `/api-keys/${key.id}`, person)).body).toEqual(revoked.body)
    expect((await get(api, '/api-keys', person)).body.items).toEqual([revoked.body])
    expect((await send(api, 'POST', `/api-keys/${key.id}/rotate`, person)).status).toBe(409)
    later(clock, 30 * DAY_MS)
    await api.embedded.backend.expiry.step(clock.now())
    expect((await get(api, '/api-keys', await login(api, person.email))).body.items).toEqual([])
  })

  test.each([
    ['no name', {}, 400, '/name'],
    ['an empty name', { name: '' }, 422, '/name'],
    ['a name beyond 100 characters', { name: 'x'.repeat(101) }, 422, '/name'],
    ['no scope', { name: 'ci', scopes: [] }, 422, '/scopes'],
    ['an unknown scope', { name: 'ci', scopes: ['tasks:read', 'root'] }, 422, '/scopes/1'],
    ['scopes as a text', { name: 'ci', scopes: 'admin' }, 400, '/scopes'],
    ['an end in the past', { name: 'ci', expiresAt: '2020-01-01T00:00:00Z' }, 422, '/expiresAt'],
    ['another user', { name: 'ci', user: 'user_0' }, 400, '/user'],
    ['a key of its own', { name: 'ci', key: 'pk_live_' }, 400, '/key'],
  ])('S4-05 %s is refused by its name', async (_, body, status, pointer) => {
    const api = await openApi({ accounts: true })
    const answer = await send(api, 'POST', '/api-keys', await join(api), body)
    expect(answer).toMatchObject({ status, body: { errors: [{ pointer }] } })
  })

  test('SEC-14 a key stops working when it expires, and when nobody has used it for 90 days', async () => {
    const clock = createManualClock()
    const api = await openApi({ accounts: true, clock })
    const { email, ...person } = await join(api)
    const short = await makeKey(api, { ...person, email }, undefined, { expiresAt: '2031-05-17T10:01:00Z' })
    const [used, unused] = [await makeKey(api, { ...person, email }), await makeKey(api, { ...person, email })]
    later(clock, 60 * SECOND_MS - 1)
    expect(await tasks(api, short)).toBe(200)
    later(clock, 1)
    expect(await tasks(api, short)).toBe(401)
    later(clock, 60 * DAY_MS)
    expect(await tasks(api, used)).toBe(200)
    later(clock, 30 * DAY_MS + SECOND_MS)
    expect([await tasks(api, used), await tasks(api, unused)]).toEqual([200, 401])
    const { items } = (await get(api, '/api-keys', await login(api, email))).body
    const states = new Map(items.map((item: { id: string; state: string }) => [item.id, item.state]))
    expect([short, used, unused].map(({ id }) => states.get(id))).toEqual(['expired', 'active', 'unused'])
  })

  test('SEC-14 after a rotation both keys work for the overlap, then only the new one', async () => {
    const clock = createManualClock()
    const api = await openApi({ accounts: true, clock })
    const person = await join(api)
    const old = await makeKey(api, person, ['tasks:read'])
    expect(await tasks(api, old)).toBe(200)
    const { body } = await send(api, 'POST', `/api-keys/${old.id}/rotate`, person, { overlap: '10m' })
    expect(body).toMatchObject({ name: 'ci', scopes: ['tasks:read'], state: 'active' })
    const { items } = (await get(api, '/api-keys', person)).body
    expect(items.find((item: { id: string }) => item.id === old.id)).toMatchObject({
      state: 'active',
      revokedAt: '2031-05-17T10:10:00.000Z',
      replacedBy: body.id,
    })
    expect([await tasks(api, old), await tasks(api, body.key)]).toEqual([200, 200])
    expect((await send(api, 'POST', `/api-keys/${old.id}/rotate`, person)).status).toBe(409)
    later(clock, 600 * SECOND_MS)
    expect([await tasks(api, old), await tasks(api, body.key)]).toEqual([401, 200])
    const next = await send(api, 'POST', `/api-keys/${body.id}/rotate`, person, { overlap: '0s' })
    expect([await tasks(api, body.key), await tasks(api, next.body.key)]).toEqual([401, 200])
  })

  test('SEC-14 the overlap is a day by default and 30 days at most; of two rotations at once one is taken', async () => {
    const clock = createManualClock()
    const api = await openApi({ accounts: true, clock })
    const person = await join(api)
    const { id } = await makeKey(api, person)
    expect((await send(api, 'POST', `/api-keys/${id}/rotate`, person, { overlap: '31d' })).status).toBe(422)
    const twice = [1, 2].map(() => send(api, 'POST', `/api-keys/${id}/rotate`, person))
    expect((await Promise.all(twice)).map(({ status }) => status).sort()).toEqual([201, 409])
    const { items } = (await get(api, '/api-keys', person)).body
    expect(items).toHaveLength(2)
    expect(items.find((item: { id: string }) => item.id === id).revokedAt).toBe('2031-05-18T10:00:00.000Z')
  })

  test.each(scopes)('SEC-14 SEC-18 a key with "account" and %s makes none that may do more', async (own: Scope) => {
    const api = await openApi({ accounts: true })
    const person = await join(api, 'admin')
    const key = await makeKey(api, person, ['account', own])
    for (const wanted of scopes) {
      const { status } = await send(api, 'POST', '/api-keys', key, { name: 'child', scopes: [wanted] })
      expect(status, wanted).toBe(wanted === 'account' || wanted === own ? 201 : 422)
    }
    const full = await makeKey(api, person, scopes)
    expect((await send(api, 'POST', `/api-keys/${full.id}/rotate`, key)).status).toBe(422)
    expect((await send(api, 'POST', '/api-keys', key, { name: 'standard' })).status).toBe(422)
  })

  test('SEC-26 the 100th key is made, the 101st is refused, by rotation too, until old ones are gone', async () => {
    const api = await openApi({ accounts: true })
    const person = await join(api)
    const keys = []
    for (let made = 0; made < 100; made++) keys.push(await makeKey(api, person))
    expect((await get(api, '/api-keys', person)).body.items).toHaveLength(100)
    const beyond = await send(api, 'POST', '/api-keys', person, { name: 'one more' })
    expect(beyond).toMatchObject({ status: 422, body: { code: 'invalid' } })
    expect((await send(api, 'POST', `/api-keys/${keys[0]?.id}/rotate`, person)).status).toBe(422)
    expect((await send(api, 'DELETE', `/api-keys/${keys[1]?.id}`, person)).status).toBe(200)
    expect((await send(api, 'POST', '/api-keys', person, { name: 'one more' })).status).toBe(422)
    expect((await post(api, '/api-keys', { name: 'x' }, { headers: {} })).status).toBe(401)
    await makeKey(api, await join(api))
  })

  test('SEC-17 a key of somebody else is as unknown as one that does not exist', async () => {
    const api = await openApi({ accounts: true })
    const [owner, stranger] = [await join(api), await join(api, 'operator')]
    const { id } = await makeKey(api, owner)
    const unknown = `${id.slice(0, -4)}0000`
    for (const [method, end] of [
      ['POST', '/rotate'],
      ['DELETE', ''],
    ] as const) {
      const theirs = await send(api, method, `/api-keys/${id}${end}`, stranger)
      expect(theirs.status).toBe(404)
      for (const other of [unknown, 'x', 'key_', id.toLowerCase()])
        expect(bytesOf(await send(api, method, `/api-keys/${other}${end}`, stranger))).toBe(bytesOf(theirs))
    }
    const query = (user: string) => get(api, '/api-keys', stranger, { query: `user=${user}` })
    expect(bytesOf(await query(owner.id))).toBe(bytesOf(await query('user_0')))
    expect((await query(stranger.id)).body.items).toEqual([])
  })
})
