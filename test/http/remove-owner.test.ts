import { describe, expect, test } from 'vitest'
import { claim } from '../../shared/core/transitions.ts'
import { createVerifier } from '../../shared/identity/verify.ts'
import type { StoredRecord } from '../../shared/ports/record-store.ts'
import { createManualClock, type ManualClock } from '../helpers/clock.ts'
import { auditOf, bytesOf, get, join, login, makeKey, PASSWORD, type Person, post, send } from './people.ts'
import { type Api, openApi } from './setup.ts'

/** Longer than what other processes remember, and what a request takes. */
const QUIET_MS = 91_000
const LARGE = 'x'.repeat(20_000)

async function open(): Promise<{ readonly api: Api; readonly clock: ManualClock; readonly admin: Person }> {
  const clock = createManualClock()
  const api = await openApi({ accounts: true, clock })
  return { api, clock, admin: await join(api, 'admin') }
}

const remove = (api: Api, admin: Person, id: string) => send(api, 'DELETE', `/owners/${id}`, admin)
const submit = (api: Api, person: Person, body: object = {}) =>
  send(api, 'POST', '/tasks', person, { delay: '1h', payload: LARGE, ...body })

/** Everything of an account, and what of it the list of users shows. */
async function recordsOf({ accounts }: Api, { id }: Person): Promise<readonly StoredRecord[]> {
  const { records } = accounts.environment
  const own = await records.list({ partition: id, limit: 100 })
  const listed = await records.list({ partition: 'users', prefix: id, limit: 9 })
  return [...own.records, ...listed.records]
}

describe('SEC-22 removal of an owner', () => {
  test('SEC-22 the user is out at once, and all is gone when nobody can be in any more; others keep what is theirs', async () => {
    const { api, clock, admin } = await open()
    const [person, other] = [await join(api), await join(api)]
    const [key, second] = [await makeKey(api, person), await login(api, person.email)]
    for (const each of [person, person, other]) await submit(api, each)
    const kept = [await recordsOf(api, other), (await get(api, '/tasks', other)).body]

    expect((await remove(api, admin, person.id)).body).toEqual({ done: false, removed: 2 })
    for (const credential of [person, second, key]) expect((await get(api, '/tasks', credential)).status).toBe(401)
    expect(await recordsOf(api, person)).toHaveLength(2)
    clock.set(clock.now() + QUIET_MS - 2_000)
    expect((await remove(api, admin, person.id)).body).toEqual({ done: false, removed: 0 })
    expect((await get(api, `/users/${person.id}`, admin)).body.disabledAt).toBeDefined()
    clock.set(clock.now() + 2_000)
    expect((await remove(api, admin, person.id)).body).toEqual({ done: true, removed: 0 })

    expect(await recordsOf(api, person)).toEqual([])
    expect((await get(api, `/users/${person.id}`, admin)).status).toBe(404)
    expect(await remove(api, admin, person.id)).toMatchObject({ status: 404, body: { code: 'not_found' } })
    const again = await join(api, 'viewer', person.email)
    expect(again.id).not.toBe(person.id)
    expect((await get(api, '/tasks', again)).body.items).toEqual([])
    expect([await recordsOf(api, other), (await get(api, '/tasks', other)).body]).toEqual(kept)
  })

  test('SEC-22 a submit that another process lets in meanwhile is removed before it is done', async () => {
    const { api, clock, admin } = await open()
    const person = await join(api)
    const { records } = api.accounts.environment
    const settings = { issuer: 'pulse', accessMs: 30 * 60_000, unusedKeyMs: 1 }
    const elsewhere = createVerifier({ records, clock, settings })
    const remembered = () => elsewhere.verify(person.token)
    await remembered()
    expect((await remove(api, admin, person.id)).body).toEqual({ done: false, removed: 0 })
    clock.set(clock.now() + 29_999)
    const late = await api.embedded.engine.submit(await remembered(), { name: 'default', payload: LARGE, delayMs: 1 })
    // A login that was checked before the user was shut out begins its session after that.
    await records.write([{ key: { partition: person.id, sort: 'session#late' }, expect: 'absent', value: {} }])
    clock.set(clock.now() + 1)
    await expect(remembered()).rejects.toThrow()
    expect((await remove(api, admin, person.id)).body).toEqual({ done: false, removed: 1 })
    clock.set(clock.now() + QUIET_MS)
    expect((await remove(api, admin, person.id)).body).toEqual({ done: true, removed: 0 })
    const { id, payloadAt = '' } = late.row
    expect(await api.embedded.backend.tasks.read(id)).toBeUndefined()
    expect(await api.embedded.backend.blobs.get(id, payloadAt)).toBeUndefined()
    expect(await recordsOf(api, person)).toEqual([])
  })

  test('SEC-22 schedules go with the owner and make nothing more; others keep theirs', async () => {
    const { api, clock, admin } = await open()
    const [person, other] = [await join(api), await join(api)]
    const made = [person, person, other].map(who =>
      send(api, 'POST', '/schedules', who, { name: 's', task: { name: 'echo' }, every: '1m' }),
    )
    const ids = (await Promise.all(made)).map(({ body }) => body.id)
    clock.set(clock.now() + 61_000)
    await api.embedded.schedules.fireDue(() => true)
    expect((await remove(api, admin, person.id)).body).toEqual({ done: false, removed: 2 })
    const { records } = api.accounts.environment
    const left = async (id: string) =>
      (await records.list({ partition: `schedule_fired_${id}`, limit: 9 })).records.length
    expect(await Promise.all(ids.map(left))).toEqual([0, 0, 1])
    expect((await get(api, '/schedules', admin)).body.items.map(({ id }: { id: string }) => id)).toEqual(ids.slice(2))
    clock.set(clock.now() + QUIET_MS)
    expect(await api.embedded.schedules.fireDue(() => true)).toMatchObject({ looked: 1, made: 1 })
    expect((await remove(api, admin, person.id)).body).toEqual({ done: true, removed: 0 })
  })

  test('SEC-22 an owner of nothing but schedules is known, and looked at once more', async () => {
    const api = await openApi()
    const ask = (method: string, path: string, who: string, body?: object) =>
      api.call(method, `/api/v1${path}`, { headers: { 'x-actor': who }, body })
    await ask('POST', '/schedules', 'ann:viewer', { name: 's', task: { name: 'echo' }, every: '1h' })
    expect((await ask('DELETE', '/owners/ann', 'eve:admin')).body).toEqual({ done: false, removed: 0 })
    expect(await ask('DELETE', '/owners/ann', 'eve:admin')).toMatchObject({ status: 404 })
  })

  test('SEC-22 who was disabled long ago is gone in one call', async () => {
    const { api, clock, admin } = await open()
    const person = await join(api)
    await submit(api, person)
    await send(api, 'PATCH', `/users/${person.id}`, admin, { disabled: true })
    clock.set(clock.now() + QUIET_MS)
    const again = await login(api, admin.email)
    expect((await remove(api, again, person.id)).body).toEqual({ done: true, removed: 1 })
  })

  test('SEC-22 the user stays as long as a task does, so that there is always a way back', async () => {
    const { api, clock, admin } = await open()
    const person = await join(api)
    const { tasks } = api.embedded.backend
    const { body } = await submit(api, person, { delay: 0 })
    const lease = { task: body.id, token: 'A', endsAt: clock.now() + 30_000 }
    await tasks.commit(claim({ task: body.id, name: body.name, messageId: 'm' }, lease, clock.now()))
    await send(api, 'PATCH', `/users/${person.id}`, admin, { disabled: true })
    clock.set(clock.now() + QUIET_MS)
    expect((await remove(api, admin, person.id)).body).toEqual({ done: false, removed: 0 })
    expect(await recordsOf(api, person)).toHaveLength(2)
    clock.set(clock.now() + 60_000)
    expect((await remove(api, admin, person.id)).body).toEqual({ done: true, removed: 1 })
    expect([await tasks.read(body.id), await recordsOf(api, person)]).toEqual([undefined, []])
  })

  test('SEC-22 who is let in again meanwhile is not removed before being out for long enough', async () => {
    const { api, clock, admin } = await open()
    const person = await join(api)
    await remove(api, admin, person.id)
    clock.set(clock.now() + QUIET_MS)
    await send(api, 'PATCH', `/users/${person.id}`, admin, { disabled: false })
    expect((await remove(api, admin, person.id)).body.done).toBe(false)
    clock.set(clock.now() + QUIET_MS - 2_000)
    expect((await remove(api, admin, person.id)).body.done).toBe(false)
    clock.set(clock.now() + 2_000)
    expect((await remove(api, admin, person.id)).body.done).toBe(true)
  })

  test('SEC-22 hundreds of sessions and keys go, too', async () => {
    const { api, clock, admin } = await open()
    const person = await join(api)
    const { records } = api.accounts.environment
    for (let count = 0; count < 230; count++)
      await records.write([{ key: { partition: person.id, sort: `session#${count}` }, expect: 'absent', value: {} }])
    await remove(api, admin, person.id)
    expect((await records.list({ partition: person.id, limit: 9 })).records.map(({ key }) => key.sort)).toEqual([
      'user',
    ])
    clock.set(clock.now() + QUIET_MS)
    expect((await remove(api, admin, person.id)).body.done).toBe(true)
  })

  test('SEC-18 it is for admins, with a key only if that was made for it', async () => {
    const { api, admin } = await open()
    const [viewer, operator, person] = [await join(api), await join(api, 'operator'), await join(api)]
    await submit(api, person)
    const keys = [await makeKey(api, admin, ['tasks:write', 'ops:write', 'account'])]
    for (const credential of [viewer, operator, ...keys])
      expect((await send(api, 'DELETE', `/owners/${person.id}`, credential)).status).toBe(403)
    expect((await get(api, '/tasks', person)).body.items).toHaveLength(1)
    const right = await makeKey(api, admin, ['admin'])
    expect((await send(api, 'DELETE', `/owners/${person.id}`, right)).body).toEqual({ done: false, removed: 1 })
  })

  test('what is one’s own stays: there is always an admin left', async () => {
    const { api, admin } = await open()
    await submit(api, admin)
    expect(await remove(api, admin, admin.id)).toMatchObject({ status: 409, body: { code: 'conflict' } })
    const local = await openApi()
    await local.submit({ delay: '1h' })
    expect((await local.call('DELETE', '/api/v1/owners/local')).status).toBe(409)
    for (const [each, headers] of [
      [api, { authorization: `Bearer ${admin.token}` }],
      [local, {}],
    ] as const)
      expect((await each.call('GET', '/api/v1/tasks', { headers })).body.items).toHaveLength(1)
  })

  test('an owner that is no user has tasks only, such as those from before there were accounts', async () => {
    const { api, admin } = await open()
    const local = { headers: { 'x-actor': 'local:viewer' } }
    await api.call('POST', '/api/v1/tasks', { body: { delay: '1h' }, ...local })
    expect(await remove(api, admin, 'local')).toMatchObject({ status: 200, body: { done: true, removed: 1 } })
    expect((await api.call('GET', '/api/v1/tasks', local)).body.items).toEqual([])
    expect((await remove(api, admin, 'local')).status).toBe(404)
  })

  test.each(['users', 'signing', 'bootstrap', 'audit_2031-05', `user_${'0'.repeat(26)}`, 'x'.repeat(300), '%00', '..'])(
    'SEC-22 the id %j is nobody’s, and names no records either',
    async id => {
      const { api, admin } = await open()
      const person = await join(api)
      const unknown = await remove(api, admin, 'nobody')
      const answer = await remove(api, admin, encodeURIComponent(id))
      expect(answer.status).toBe(404)
      expect(bytesOf(answer)).toBe(bytesOf(unknown))
      expect((await get(api, '/users', admin)).body.items).toHaveLength(2)
      expect((await get(api, '/tasks', person)).status).toBe(200)
      expect((await login(api, person.email)).password).toBe(PASSWORD)
    },
  )

  test('SEC-47 each call leaves an entry, and the log of what the owner did stays', async () => {
    const { api, clock, admin } = await open()
    const person = await join(api)
    const key = await makeKey(api, person)
    await submit(api, person)
    // Entries of one millisecond are in no order.
    for (const passes of [1, QUIET_MS, 1]) {
      clock.set(clock.now() + passes)
      await remove(api, admin, person.id)
    }
    const entries = await auditOf(api, admin)
    const done = { action: 'owner.remove', by: admin.id, target: person.id, owner: person.id, outcome: 'done' }
    expect(entries.slice(0, 3)).toMatchObject([
      { action: 'owner.remove', by: admin.id, target: person.id, outcome: 'denied', code: 'not_found' },
      { ...done, after: { done: true, removed: 0 } },
      { ...done, after: { done: false, removed: 1 } },
    ])
    expect(entries).toContainEqual(expect.objectContaining({ action: 'key.create', by: person.id, target: key.id }))
    expect(JSON.stringify(entries)).not.toContain(person.email)
  })

  test('a login, or a registration, goes on as for any address that nobody has', async () => {
    const { api, clock, admin } = await open()
    const person = await join(api)
    await remove(api, admin, person.id)
    clock.set(clock.now() + QUIET_MS)
    await remove(api, admin, person.id)
    const tried = await post(api, '/auth/login', { email: person.email, password: PASSWORD })
    const unknown = await post(api, '/auth/login', { email: 'nobody@example.com', password: PASSWORD })
    expect(bytesOf(tried)).toBe(bytesOf(unknown))
    expect((await post(api, '/auth/refresh', { refreshToken: person.refreshToken })).status).toBe(401)
  })
})
