import { crc32 } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { encodeBase62 } from '../../shared/identity/base62.ts'
import { createManualClock } from '../helpers/clock.ts'
import { bytesOf, claimsOf, form, get, guess, join, makeKey, PASSWORD, post, send } from './people.ts'
import { openApi } from './setup.ts'

/** A key of the same id whose checksum is right. */
function withOtherSecret(key: string): string {
  const body = `${key.slice(0, 'pk_live_'.length + 36)}_${'1'.repeat(43)}`
  return `${body}_${encodeBase62(BigInt(crc32(body)), 6)}`
}

const MINUTE_MS = 60_000
const words = encodeURIComponent(PASSWORD)

describe('login', () => {
  test('S1-02 S4-11 JSON and the form of OAuth 2 give the same answer: a bearer token and how long it is good for', async () => {
    const api = await openApi({ accounts: true })
    const { email, id } = await join(api)
    const answers = [
      await post(api, '/auth/login', { email, password: PASSWORD }),
      await post(api, '/auth/login', { username: email.toUpperCase(), password: PASSWORD }),
      await form(api, '/auth/login', `grant_type=password&username=${email}&password=${words}&scope=&client_id=cli`),
      await form(api, '/auth/login', `email=${email}&password=${PASSWORD.replaceAll(' ', '+')}`, {
        headers: { 'content-type': 'application/x-www-form-urlencoded; charset=UTF-8' },
      }),
    ]
    for (const { status, headers, body } of answers) {
      expect({ status, cache: headers['cache-control'], type: headers['content-type'] }).toEqual({
        status: 200,
        cache: 'no-store',
        type: 'application/json',
      })
      expect(body).toEqual({
        access_token: expect.any(String),
        refresh_token: expect.stringMatching(/^prt_/),
        token_type: 'Bearer',
        expires_in: 1_800,
      })
      expect((await get(api, '/auth/me', body.access_token)).body.id).toBe(id)
    }
    expect(new Set(answers.map(({ body }) => claimsOf(body.access_token).sid)).size).toBe(answers.length)
  })

  test('S1-02 a form that a gateway has put into base64 is read', async () => {
    const api = await openApi({ accounts: true })
    const { email } = await join(api)
    const answer = await api.call('POST', '/api/v1/auth/login', {
      text: Buffer.from(`username=${email}&password=${words}`),
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    })
    expect(answer.status).toBe(200)
  })

  test.each([
    [
      'both email and username',
      { email: 'a@example.com', username: 'a@example.com', password: PASSWORD },
      422,
      '/email',
    ],
    ['neither of them', { password: PASSWORD }, 422, '/email'],
    ['no password', { email: 'a@example.com' }, 400, '/password'],
    ['an address that is an object', { email: {}, password: PASSWORD }, 400, '/email'],
    ['an address beyond 254 characters', { email: 'a'.repeat(255), password: PASSWORD }, 422, '/email'],
    ['cookie as a text', { email: 'a@example.com', password: PASSWORD, cookie: 'yes' }, 400, '/cookie'],
    ['another grant', { email: 'a@example.com', password: PASSWORD, grant_type: 'implicit' }, 422, '/grant_type'],
    ['an unknown field', { email: 'a@example.com', password: PASSWORD, pasword: '' }, 400, '/pasword'],
  ])('S1-02 %s is refused by its name', async (_, body, status, pointer) => {
    const api = await openApi({ accounts: true })
    expect(await post(api, '/auth/login', body)).toMatchObject({ status, body: { errors: [{ pointer }] } })
  })

  test.each([
    ['a doubled field', `username=a&username=b&password=${words}`, 'username'],
    ['an unknown field', `username=a&password=${words}&remember=1`, '/remember'],
    ['a field of every object', `username=a&password=${words}&__proto__=1`, '/__proto__'],
    ['another one', `username=a&password=${words}&constructor=1`, '/constructor'],
  ])('S1-02 in a form, %s is refused by its name', async (_, fields, pointer) => {
    const api = await openApi({ accounts: true })
    const answer = await form(api, '/auth/login', fields)
    expect(answer).toMatchObject({ status: 400, body: { code: 'malformed', errors: [{ pointer }] } })
  })

  test.each(['text/plain', 'multipart/form-data; boundary=x', 'application/x-www-form-urlencodedx', ''])(
    'S1-02 a login of the content type "%s" is 415',
    async type => {
      const api = await openApi({ accounts: true })
      const headers = { 'content-type': type }
      expect((await form(api, '/auth/login', `username=a&password=${words}`, { headers })).status).toBe(415)
    },
  )

  test('S1-02 a form that is no percent-encoded UTF-8, or is compressed, is refused', async () => {
    const api = await openApi({ accounts: true })
    expect((await form(api, '/auth/login', 'username=%ff&password=x')).status).toBe(400)
    const headers = { 'content-encoding': 'gzip' }
    expect((await form(api, '/auth/login', `username=a&password=${words}`, { headers })).status).toBe(415)
  })

  test('SEC-4 a wrong password, an unknown address and a disabled user get the same bytes', async () => {
    const api = await openApi({ accounts: true })
    const [known, disabled, admin] = [await join(api), await join(api), await join(api, 'admin')]
    await send(api, 'PATCH', `/users/${disabled.id}`, admin, { disabled: true })
    const wrong = await guess(api, known.email)
    expect(wrong).toMatchObject({ status: 401, headers: { 'www-authenticate': 'Bearer' }, cookies: [] })
    const others = [
      await guess(api, 'nobody@example.com'),
      await guess(api, disabled.email),
      await post(api, '/auth/login', { email: disabled.email, password: PASSWORD }),
      await guess(api, 'no address at all'),
      await guess(api, ''),
      await guess(api, known.email, { headers: { cookie: `__Host-pulse_device=${known.device}` } }),
      await form(api, '/auth/login', `username=${known.email}&password=x`),
    ]
    for (const other of others) expect(bytesOf(other)).toBe(bytesOf(wrong))
  })
})

describe('the header Authorization', () => {
  test.each(['/tasks', '/auth/me', '/dispatch'])('S1-25 %s asks for a bearer token', async path => {
    const api = await openApi({ accounts: true })
    const answer = await api.call('GET', `/api/v1${path}`)
    expect(answer).toMatchObject({
      status: 401,
      headers: { 'www-authenticate': 'Bearer', 'content-type': 'application/problem+json' },
      body: { code: 'unauthorized' },
    })
  })

  test('S1-25 the scheme is written in any case; other schemes, two tokens and none are refused', async () => {
    const api = await openApi({ accounts: true })
    const { token } = await join(api)
    const status = async (authorization: string) =>
      (await api.call('GET', '/api/v1/auth/me', { headers: { authorization } })).status
    for (const good of [`Bearer ${token}`, `bearer ${token}`, `BEARER   ${token} `])
      expect(await status(good)).toBe(200)
    for (const bad of [
      '',
      'Bearer',
      'Bearer ',
      token,
      `Basic ${token}`,
      `Bearer ${token} ${token}`,
      `Bearer ${token},x`,
    ])
      expect(await status(bad), bad).toBe(401)
  })

  test('SEC-4 SEC-8 every token and key that is refused is refused in the same bytes', async () => {
    const clock = createManualClock()
    const api = await openApi({ accounts: true, clock })
    const [ended, person] = [await join(api), await join(api)]
    await send(api, 'POST', '/auth/logout', ended)
    const revoked = await makeKey(api, person)
    await send(api, 'DELETE', `/api-keys/${revoked.id}`, person)
    const key = await makeKey(api, person)
    const old = await join(api)
    const refused = await get(api, '/auth/me', 'a.b.c')
    expect(refused.status).toBe(401)
    const bad = [
      ended.token,
      revoked.text,
      `${person.token}x`,
      `${person.token.slice(0, -6)}AAAAAA`,
      person.refreshToken,
      `${key.text.slice(0, -1)}${key.text.endsWith('0') ? '1' : '0'}`,
      'pk_live_x',
      withOtherSecret(key.text),
      person.device,
    ]
    for (const text of bad) expect(bytesOf(await get(api, '/auth/me', text))).toBe(bytesOf(refused))
    clock.set(clock.now() + 30 * MINUTE_MS)
    expect(bytesOf(await get(api, '/auth/me', old))).toBe(bytesOf(refused))
  })
})
