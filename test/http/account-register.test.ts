import { describe, expect, test } from 'vitest'
import { createManualClock } from '../helpers/clock.ts'
import { bytesOf, form, get, guess, join, login, PASSWORD, post, send } from './people.ts'
import { openApi } from './setup.ts'

const email = 'ada@example.com'
const HOUR_MS = 3_600_000

describe('registration', () => {
  test('S1-01 somebody registers with an address and a password, logs in and reads their account', async () => {
    const api = await openApi({ accounts: true })
    const registered = await post(api, '/auth/register', { email: 'Ada@Example.com', password: PASSWORD })
    expect(registered).toMatchObject({ status: 201, body: { email: 'Ada@Example.com' }, cookies: [] })
    const { token } = await login(api, email)
    expect((await get(api, '/auth/me', token)).body).toEqual({
      id: expect.stringMatching(/^user_/),
      email,
      role: 'viewer',
      createdAt: expect.any(String),
    })
  })

  test.each([
    ['no address', { password: PASSWORD }, 400, '/email'],
    ['no password', { email }, 400, '/password'],
    ['an address that is none', { email: 'ada', password: PASSWORD }, 422, '/email'],
    ['an address that is a number', { email: 7, password: PASSWORD }, 400, '/email'],
    ['a password that is a list', { email, password: [PASSWORD] }, 400, '/password'],
    ['a short password', { email, password: 'eleven char' }, 422, '/password'],
    ['a common password', { email, password: 'password1234' }, 422, '/password'],
    ['a password beyond 256 bytes', { email, password: 'ab '.repeat(90) }, 422, '/password'],
    ['a password that is the address', { email, password: 'ada@example.com' }, 422, '/password'],
    ['a role', { email, password: PASSWORD, role: 'admin' }, 400, '/role'],
  ])('S1-01 %s is refused by its name', async (_, body, status, pointer) => {
    const api = await openApi({ accounts: true })
    const answer = await post(api, '/auth/register', body)
    expect(answer).toMatchObject({ status, body: { errors: [{ pointer }] } })
    expect(answer.text).not.toContain(PASSWORD)
  })

  test('S1-01 registration takes JSON alone, of at most 16 KB', async () => {
    const api = await openApi({ accounts: true })
    expect((await form(api, '/auth/register', `email=${email}&password=${PASSWORD}`)).status).toBe(415)
    const large = { email, password: PASSWORD, invitation: 'x'.repeat(17_000) }
    expect((await post(api, '/auth/register', large)).status).toBe(413)
  })

  test('SEC-4 an address that has an account is answered as one that has none, and keeps its password', async () => {
    const api = await openApi({ accounts: true })
    const register = (address: string) => post(api, '/auth/register', { email: address, password: PASSWORD })
    const fresh = await register(email)
    await send(api, 'PATCH', `/users/${(await login(api, email)).id}`, await join(api, 'admin'), { disabled: true })
    const known = await post(api, '/auth/register', { email, password: 'a thief would like this one' })
    const other = await register('bob@example.com')
    expect(bytesOf(known)).toBe(bytesOf(fresh))
    expect(bytesOf(other).replace('bob@example.com', email)).toBe(bytesOf(fresh))
    expect((await post(api, '/auth/login', { email, password: 'a thief would like this one' })).status).toBe(401)
  })

  test('two who register one address at once: one account, one answer', async () => {
    const api = await openApi({ accounts: true })
    const register = (password: string) => post(api, '/auth/register', { email, password })
    const passwords = ['the first of two sentences', 'the second of two sentences']
    const [first, second] = await Promise.all(passwords.map(register))
    expect(bytesOf(first ?? (await guess(api, email)))).toBe(second && bytesOf(second))
    const logins = await Promise.all(passwords.map(password => post(api, '/auth/login', { email, password })))
    expect(logins.map(({ status }) => status).sort()).toEqual([200, 401])
  })
})

describe('invitations', () => {
  const register = (api: Awaited<ReturnType<typeof openApi>>, address: string, invitation?: string) =>
    post(api, '/auth/register', { email: address, password: PASSWORD, ...(invitation !== undefined && { invitation }) })

  test('S1-01 where registration is by invitation, nobody registers without one, known or not', async () => {
    const api = await openApi({ accounts: true, identity: { registration: 'invited' } })
    const person = await join(api, 'admin')
    const unknown = await register(api, email)
    expect(unknown).toMatchObject({ status: 403, body: { code: 'forbidden' } })
    expect(bytesOf(await register(api, person.email))).toBe(bytesOf(unknown))
  })

  test('an invitation gives its role, once, to its address, within a day', async () => {
    const clock = createManualClock()
    const api = await openApi({ accounts: true, clock, identity: { registration: 'invited' } })
    let admin = await join(api, 'admin')
    const invited = await send(api, 'POST', '/users', admin, { role: 'operator', email: 'Grace@Example.com' })
    expect(invited).toMatchObject({
      status: 201,
      headers: { 'cache-control': 'no-store' },
      body: { role: 'operator', email: 'Grace@Example.com', expiresAt: '2031-05-18T10:00:00.000Z' },
    })
    const { invitation } = invited.body
    const refused = await register(api, email, invitation)
    expect(refused.status).toBe(403)
    expect(bytesOf(await register(api, email, 'no such invitation'))).toBe(bytesOf(refused))
    expect((await register(api, 'grace@example.com', invitation)).status).toBe(201)
    expect((await get(api, '/auth/me', await login(api, 'grace@example.com'))).body.role).toBe('operator')
    expect(bytesOf(await register(api, 'grace@example.com', invitation))).toBe(bytesOf(refused))

    const late = await send(api, 'POST', '/users', admin, { role: 'viewer' })
    expect(late.body).not.toHaveProperty('email')
    clock.set(clock.now() + 24 * HOUR_MS)
    expect(bytesOf(await register(api, email, late.body.invitation))).toBe(bytesOf(refused))
    admin = await login(api, admin.email)
    const anybody = await send(api, 'POST', '/users', admin, {})
    expect((await register(api, email, anybody.body.invitation)).status).toBe(201)
    expect((await get(api, '/auth/me', await login(api, email))).body.role).toBe('viewer')
  })

  test('one invitation, many at once: one of them gets in', async () => {
    const api = await openApi({ accounts: true, identity: { registration: 'invited' } })
    const { body } = await send(api, 'POST', '/users', await join(api, 'admin'), { role: 'operator' })
    const addresses = Array.from({ length: 10 }, (_, index) => `guest-${index}@example.com`)
    await Promise.all(addresses.map(address => register(api, address, body.invitation)))
    const logins = await Promise.all(
      addresses.map(address => post(api, '/auth/login', { email: address, password: PASSWORD })),
    )
    expect(logins.filter(({ status }) => status === 200)).toHaveLength(1)
  })
})
