import { describe, expect, test } from 'vitest'
import { createManualClock, type ManualClock } from '../helpers/clock.ts'
import { bytesOf, form, get, join, login, makeKey, type Person, post, send } from './people.ts'
import { type Answer, type Api, openApi } from './setup.ts'
import { withRecords } from './with-records.ts'

const SECOND_MS = 1_000
const MINUTE_MS = 60_000
const DAY_MS = 86_400_000

const later = (clock: ManualClock, ms: number) => clock.set(clock.now() + ms)
const refresh = (api: Api, refreshToken: string): Promise<Answer> => post(api, '/auth/refresh', { refreshToken })
const me = async (api: Api, credential: Person | string) => (await get(api, '/auth/me', credential)).status

describe('tokens', () => {
  test('S1-03 S1-23 a refresh token is exchanged for new tokens, spelled either way, in JSON or a form', async () => {
    const clock = createManualClock()
    const api = await openApi({ accounts: true, clock })
    const { refreshToken, token } = await join(api)
    later(clock, MINUTE_MS)
    const first = await refresh(api, refreshToken)
    expect(first).toMatchObject({ status: 200, headers: { 'cache-control': 'no-store' }, cookies: [] })
    expect(first.body).toMatchObject({ token_type: 'Bearer', expires_in: 1_800 })
    later(clock, MINUTE_MS)
    const second = await post(api, '/auth/refresh', { refresh_token: first.body.refresh_token })
    later(clock, MINUTE_MS)
    const fields = `grant_type=refresh_token&refresh_token=${second.body.refresh_token}&client_id=cli`
    const third = await form(api, '/auth/refresh', fields)
    const all = [refreshToken, ...[first, second, third].map(({ body }) => body.refresh_token)]
    expect(new Set(all).size).toBe(4)
    expect(await me(api, third.body.access_token)).toBe(200)
    expect(await me(api, token)).toBe(200)
  })

  test.each([
    ['both spellings', { refreshToken: 'a', refresh_token: 'a' }, 422, '/refresh_token'],
    ['none', {}, 400, '/refreshToken'],
    ['a number', { refreshToken: 1 }, 400, '/refreshToken'],
    ['an unknown field', { refreshToken: 'a', token: 'b' }, 400, '/token'],
    ['another grant', { refreshToken: 'a', grant_type: 'password' }, 422, '/grant_type'],
  ])('S1-03 %s is refused by its name', async (_, body, status, pointer) => {
    const api = await openApi({ accounts: true })
    expect(await post(api, '/auth/refresh', body)).toMatchObject({ status, body: { errors: [{ pointer }] } })
  })

  test('S1-22 an access token is good for 30 minutes, and not for one millisecond more', async () => {
    const clock = createManualClock()
    const api = await openApi({ accounts: true, clock })
    const { token } = await join(api)
    later(clock, 30 * MINUTE_MS - 1)
    expect(await me(api, token)).toBe(200)
    later(clock, 1)
    expect(await me(api, token)).toBe(401)
  })

  test('S1-23 SEC-10 a session rests for at most 7 days, and lives for at most 90', async () => {
    const clock = createManualClock()
    const api = await openApi({ accounts: true, clock })
    const { email, ...idle } = await join(api)
    const busy = await login(api, email)
    const start = clock.now()
    later(clock, 7 * DAY_MS - 1)
    let { body } = await refresh(api, busy.refreshToken)
    later(clock, 1)
    expect((await refresh(api, idle.refreshToken)).status).toBe(401)
    for (let day = 13; day < 90; day += 6) {
      clock.set(start + day * DAY_MS)
      ;({ body } = await refresh(api, body.refresh_token))
      expect(body.access_token, `day ${day}`).toBeDefined()
    }
    clock.set(start + 90 * DAY_MS - MINUTE_MS)
    ;({ body } = await refresh(api, body.refresh_token))
    const { items } = (await get(api, '/auth/sessions', body.access_token)).body
    expect(items).toMatchObject([{ id: busy.session, endsAt: new Date(start + 90 * DAY_MS).toISOString() }])
    clock.set(start + 90 * DAY_MS)
    const ended = await refresh(api, body.refresh_token)
    expect(bytesOf(ended)).toBe(bytesOf(await refresh(api, 'garbage')))
    expect(await me(api, body.access_token)).toBe(401)
  })
})

describe('sessions', () => {
  test('S1-04 sessions are listed with where they began, and which of them is asking', async () => {
    const clock = createManualClock()
    const api = await openApi({ accounts: true, clock })
    const first = await join(api)
    later(clock, SECOND_MS)
    const second = await login(api, first.email, { address: '198.51.100.7' })
    await join(api)
    const { items } = (await get(api, '/auth/sessions', second)).body
    expect(
      items.sort((a: { createdAt: string }, b: { createdAt: string }) => (a.createdAt < b.createdAt ? -1 : 1)),
    ).toEqual([
      {
        id: first.session,
        current: false,
        createdAt: '2031-05-17T10:00:00.000Z',
        refreshedAt: '2031-05-17T10:00:00.000Z',
        endsAt: '2031-05-24T10:00:00.000Z',
        address: '192.0.2.1',
        userAgent: 'test',
      },
      expect.objectContaining({ id: second.session, current: true, address: '198.51.100.7' }),
    ])
  })

  test('SEC-10 logout ends this session at once: its tokens are refused, those of others go on', async () => {
    const api = await openApi({ accounts: true })
    const first = await join(api)
    const second = await login(api, first.email)
    expect(await me(api, first)).toBe(200)
    expect(await send(api, 'POST', '/auth/logout', first)).toMatchObject({ status: 204, text: '' })
    expect([await me(api, first), (await refresh(api, first.refreshToken)).status]).toEqual([401, 401])
    expect(await me(api, second)).toBe(200)
    expect((await send(api, 'POST', '/auth/logout', first)).status).toBe(401)
  })

  test('an API key is no session: it cannot log out', async () => {
    const api = await openApi({ accounts: true })
    const key = await makeKey(api, await join(api), ['account'])
    expect(await send(api, 'POST', '/auth/logout', key)).toMatchObject({ status: 422, body: { code: 'invalid' } })
  })

  test('SEC-10 one ends another of one’s sessions, and nobody else’s', async () => {
    const api = await openApi({ accounts: true })
    const [first, stranger] = [await join(api), await join(api)]
    const second = await login(api, first.email)
    expect((await send(api, 'DELETE', `/auth/sessions/${second.session}`, stranger)).status).toBe(404)
    expect(await me(api, second)).toBe(200)
    expect((await send(api, 'DELETE', `/auth/sessions/${second.session}`, first)).status).toBe(204)
    expect([await me(api, second), (await refresh(api, second.refreshToken)).status]).toEqual([401, 401])
    expect((await send(api, 'DELETE', `/auth/sessions/${second.session}`, first)).status).toBe(404)
  })

  test('what is no id of a session is not looked for', async () => {
    const looked: string[] = []
    const api = await openApi({
      accounts: true,
      stores: withRecords(records => ({
        read(key) {
          looked.push(key.sort)
          return records.read(key)
        },
      })),
    })
    const person = await join(api)
    looked.length = 0
    for (const id of ['x', 'ses_', '%00', 'user', `ses_${'0'.repeat(2_000)}`])
      expect((await send(api, 'DELETE', `/auth/sessions/${id}`, person)).status).toBe(404)
    expect(looked.filter(sort => sort.startsWith('session'))).toEqual([])
  })
})
