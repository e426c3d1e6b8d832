import { describe, expect, test } from 'vitest'
import { createManualClock } from '../helpers/clock.ts'
import { bytesOf, get, join, login, makeKey, PASSWORD, type Person, post, send } from './people.ts'
import { type Api, openApi } from './setup.ts'
import { withRecords } from './with-records.ts'

const edit = (api: Api, admin: Person, { id }: Person, change: object) =>
  send(api, 'PATCH', `/users/${id}`, admin, change)

describe('users', () => {
  test('S1-21 a user sees and changes only their own tasks, an operator those of all', async () => {
    const api = await openApi({ accounts: true })
    const [ada, bob, operator] = [await join(api), await join(api), await join(api, 'operator')]
    const { body } = await send(api, 'POST', '/tasks', ada, { delay: '1h' })
    const ids = async (person: Person) =>
      (await get(api, '/tasks', person)).body.items.map(({ id }: { id: string }) => id)
    expect([await ids(ada), await ids(bob), await ids(operator)]).toEqual([[body.id], [], [body.id]])
    expect((await send(api, 'POST', `/tasks/${body.id}/cancel`, bob)).status).toBe(404)
    expect((await get(api, `/tasks/${body.id}`, ada)).body.state).toBe('SCHEDULED')
    expect((await send(api, 'POST', `/tasks/${body.id}/cancel`, operator)).status).toBe(200)
    const { history } = (await get(api, `/tasks/${body.id}`, ada)).body
    expect(history.at(-1)).toMatchObject({ state: 'CANCELED', by: operator.id })
  })

  test('SEC-10 a role takes effect within 30 s, also for sessions and keys that exist, here at once', async () => {
    const clock = createManualClock()
    const api = await openApi({ accounts: true, clock })
    const [person, admin] = [await join(api), await join(api, 'admin')]
    const key = await makeKey(api, person, ['ops:read'])
    const stats = async () => [(await get(api, '/stats', person)).status, (await get(api, '/stats', key)).status]
    expect(await stats()).toEqual([403, 403])
    expect((await edit(api, admin, person, { role: 'operator' })).body).toMatchObject({ role: 'operator' })
    expect(await stats()).toEqual([200, 200])
    await edit(api, admin, person, { role: 'viewer' })
    expect(await stats()).toEqual([403, 403])
  })

  test('SEC-10 a disabled user is let in no more: not by token, key, refresh or login; enabled again, all of it works', async () => {
    const api = await openApi({ accounts: true })
    const [person, admin] = [await join(api), await join(api, 'admin')]
    const key = await makeKey(api, person, ['account'])
    const all = async () => [
      (await get(api, '/auth/me', person)).status,
      (await get(api, '/auth/me', key)).status,
      (await post(api, '/auth/refresh', { refreshToken: person.refreshToken })).status,
      (await post(api, '/auth/login', { email: person.email, password: PASSWORD })).status,
    ]
    const { body } = await edit(api, admin, person, { disabled: true })
    expect(body.disabledAt).toEqual(expect.any(String))
    expect(await all()).toEqual([401, 401, 401, 401])
    expect((await edit(api, admin, person, { disabled: true })).body.disabledAt).toBe(body.disabledAt)
    expect((await edit(api, admin, person, { disabled: false })).body).not.toHaveProperty('disabledAt')
    expect(await all()).toEqual([200, 200, 200, 200])
  })

  test('SEC-10 a disabled user’s schedules make no tasks, and say why; enabled again, they go on', async () => {
    const clock = createManualClock()
    const api = await openApi({ accounts: true, clock })
    const [person, admin] = [await join(api), await join(api, 'admin')]
    const { body } = await send(api, 'POST', '/schedules', person, {
      name: 'tick',
      task: { name: 'echo' },
      every: '1m',
    })
    const passed = async () => {
      await clock.advance(60_000)
      await api.embedded.schedules.fireDue(() => true)
      return (await get(api, `/schedules/${body.id}/occurrences`, admin)).body.items[0]
    }
    await edit(api, admin, person, { disabled: true })
    expect(await passed()).toMatchObject({ outcome: 'refused', detail: expect.stringContaining('disabled') })
    await edit(api, admin, person, { disabled: false })
    expect(await passed()).toMatchObject({ outcome: 'fired', taskId: expect.any(String) })
  })

  test.each([
    ['nothing', {}, 422, ''],
    ['an unknown role', { role: 'root' }, 422, '/role'],
    ['disabled as a text', { disabled: 'yes' }, 400, '/disabled'],
    ['an address', { email: 'x@example.com', role: 'viewer' }, 400, '/email'],
    ['a password', { password: PASSWORD, role: 'viewer' }, 400, '/password'],
  ])('editing %s is refused by its name', async (_, change, status, pointer) => {
    const api = await openApi({ accounts: true })
    const answer = await edit(api, await join(api, 'admin'), await join(api), change)
    expect(answer).toMatchObject({ status, body: { errors: [{ pointer }] } })
  })

  test('an admin does not change their own role or access, so that one is left', async () => {
    const api = await openApi({ accounts: true })
    const admin = await join(api, 'admin')
    for (const change of [{ role: 'viewer' }, { disabled: true }, { role: 'admin' }])
      expect(await edit(api, admin, admin, change)).toMatchObject({ status: 409, body: { code: 'conflict' } })
    expect((await get(api, '/users', admin)).status).toBe(200)
  })

  test('SEC-17 users are unknown to whoever is no admin, whether they exist or not', async () => {
    const api = await openApi({ accounts: true })
    const [viewer, operator, other] = [await join(api), await join(api, 'operator'), await join(api)]
    for (const person of [viewer, operator]) {
      const theirs = await get(api, `/users/${other.id}`, person)
      expect(theirs.status).toBe(403)
      for (const id of [`user_${'0'.repeat(26)}`, 'x', person.id])
        expect(bytesOf(await get(api, `/users/${id}`, person))).toBe(bytesOf(theirs))
    }
  })

  test('users are listed page by page, each once, in the order of their registration', async () => {
    const clock = createManualClock()
    const api = await openApi({ accounts: true, clock })
    const admin = await join(api, 'admin')
    const made = [admin]
    for (let count = 0; count < 6; count++) {
      clock.set(clock.now() + 1)
      made.push(await join(api))
    }
    const found: string[] = []
    let query = 'limit=3'
    for (let pages = 0; pages < 4; pages++) {
      const { body, headers } = await get(api, '/users', admin, { query })
      found.push(...body.items.map(({ id }: { id: string }) => id))
      if (body.nextCursor === undefined) break
      expect(headers.link).toContain(body.nextCursor)
      query = `limit=3&cursor=${body.nextCursor}`
    }
    expect(found).toEqual(made.map(({ id }) => id))
  })

  test('a page of users is never longer than what a store reads at once', async () => {
    const asked: number[] = []
    const api = await openApi({
      accounts: true,
      stores: withRecords(records => ({
        readMany(keys) {
          asked.push(keys.length)
          return records.readMany(keys)
        },
      })),
    })
    const admin = await join(api, 'admin')
    for (let count = 0; count < 105; count++)
      await post(api, '/auth/register', { email: `${count}@example.com`, password: PASSWORD })
    const { body } = await get(api, '/users', admin, { query: 'limit=200' })
    expect(Math.max(...asked)).toBe(100)
    const rest = await get(api, '/users', admin, { query: `limit=200&cursor=${body.nextCursor}` })
    expect([body.items.length, rest.body.items.length, rest.body.nextCursor]).toEqual([100, 6, undefined])
  })
})

describe('signing keys', () => {
  test('SEC-11 tokens of the old key stay good until their end, new ones are of the new key', async () => {
    const clock = createManualClock()
    const api = await openApi({ accounts: true, clock })
    const [person, admin] = [await join(api), await join(api, 'admin')]
    const kidOf = ({ token }: Person) => JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()).kid
    const { body } = await send(api, 'POST', '/auth/signing-keys/rotate', admin)
    expect(body.kid).not.toBe(kidOf(person))
    clock.set(clock.now() + 30 * 60_000 - 1)
    expect((await get(api, '/auth/me', person)).status).toBe(200)
    const next = await login(api, person.email)
    expect(kidOf(next)).toBe(body.kid)
    clock.set(clock.now() + 1)
    expect([(await get(api, '/auth/me', person)).status, (await get(api, '/auth/me', next)).status]).toEqual([401, 200])
    const refreshed = await post(api, '/auth/refresh', { refreshToken: person.refreshToken })
    expect((await get(api, '/auth/me', refreshed.body.access_token)).status).toBe(200)
  })
})
