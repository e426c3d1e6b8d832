import { describe, expect, test } from 'vitest'
import { createManualClock } from '../helpers/clock.ts'
import { cookieIn, form, get, join, login, PASSWORD, post, send } from './people.ts'
import { restEvent } from './rest-event.ts'
import { type Answer, type Api, documented, eventOf, openApi } from './setup.ts'

const ours = { 'sec-fetch-site': 'same-origin' }
const attributes = (cookie: string) => cookie.split('; ').slice(1)
const nameOf = (cookie: string) => cookie.slice(0, cookie.indexOf('='))

/** Logs in as a page does. */
async function begin(api: Api, email: string) {
  const answer = await post(api, '/auth/login', { email, password: PASSWORD, cookie: true })
  const [access, refresh] = [cookieIn(answer, 'access'), cookieIn(answer, 'refresh')]
  return { answer, access, refresh, cookie: `__Host-pulse_access=${access}; __Host-pulse_refresh=${refresh}` }
}

describe('SEC-12 cookies', () => {
  test('SEC-12 they are only for this host, only over TLS, and out of reach of scripts and other sites', async () => {
    const api = await openApi({ accounts: true })
    const { email } = await join(api)
    const { answer, access, refresh } = await begin(api, email)
    expect(answer.cookies.map(nameOf)).toEqual(['__Host-pulse_device', '__Host-pulse_access', '__Host-pulse_refresh'])
    expect(answer.cookies.map(attributes)).toEqual(
      ['Max-Age=31536000', 'Max-Age=1800', 'Max-Age=604800'].map(age => [
        'Path=/',
        age,
        'HttpOnly',
        'Secure',
        'SameSite=Strict',
      ]),
    )
    // No script of the page can read them: they are in no answer.
    expect(answer.body).toEqual({ expires_in: 1_800 })
    expect([access, refresh]).toEqual([expect.stringMatching(/^eyJ/), expect.stringMatching(/^prt_/)])
  })

  test('SEC-12 no token is in a cookie of whoever has not asked for it', async () => {
    const api = await openApi({ accounts: true })
    const { email, refreshToken } = await join(api)
    const answers = [
      await post(api, '/auth/login', { email, password: PASSWORD }),
      await post(api, '/auth/login', { email, password: PASSWORD, cookie: false }),
      await form(api, '/auth/login', `username=${email}&password=${PASSWORD}`),
      await post(api, '/auth/refresh', { refreshToken }),
    ]
    expect(answers.map(({ cookies }) => cookies.map(nameOf))).toEqual([
      ['__Host-pulse_device'],
      ['__Host-pulse_device'],
      ['__Host-pulse_device'],
      [],
    ])
    expect((await post(api, '/auth/login', { email, password: 'wrong password', cookie: true })).cookies).toEqual([])
  })

  test.each([
    ['a page of this site', ours, 200, 202],
    [
      'a browser without fetch metadata, of this origin',
      { origin: 'https://api.example', host: 'api.example' },
      200,
      202,
    ],
    ['a page of another site', { 'sec-fetch-site': 'cross-site' }, 200, 403],
    ['a page of another host of the site', { 'sec-fetch-site': 'same-site' }, 200, 403],
    ['an address typed in', { 'sec-fetch-site': 'none' }, 200, 403],
    ['another origin', { origin: 'https://evil.example', host: 'api.example' }, 200, 403],
    ['another port', { origin: 'https://api.example:8443', host: 'api.example' }, 200, 403],
    ['no origin', { origin: 'null', host: 'api.example' }, 200, 403],
    [
      'a cross-site one that claims an origin',
      { 'sec-fetch-site': 'cross-site', origin: 'https://api.example', host: 'api.example' },
      200,
      403,
    ],
    ['nothing of the kind', {}, 200, 403],
  ])('SEC-12 with a cookie, %s reads, and changes only if it is ours', async (_, headers, read, changed) => {
    const api = await openApi({ accounts: true })
    const { cookie } = await begin(api, (await join(api)).email)
    const all = { ...headers, cookie }
    expect((await api.call('GET', '/api/v1/tasks', { headers: all })).status).toBe(read)
    expect((await api.call('POST', '/api/v1/tasks', { body: { delay: '1h' }, headers: all })).status).toBe(changed)
    const refreshed = await api.call('POST', '/api/v1/auth/refresh', { headers: all })
    expect(refreshed.status).toBe(changed === 403 ? 403 : 200)
  })

  test('SEC-12 a bearer token needs no such header, and counts where both are given', async () => {
    const api = await openApi({ accounts: true })
    const [ada, bob] = [await join(api), await join(api)]
    const { cookie } = await begin(api, bob.email)
    const headers = { cookie, 'sec-fetch-site': 'cross-site' }
    expect((await send(api, 'POST', '/tasks', ada, { delay: '1h' }, { headers })).status).toBe(202)
    expect((await get(api, '/auth/me', ada, { headers })).body.id).toBe(ada.id)
    expect((await get(api, '/auth/me', 'x', { headers: { cookie, ...ours } })).status).toBe(401)
  })

  test('SEC-12 a page refreshes by its cookie alone, and gets the next ones', async () => {
    const clock = createManualClock()
    const api = await openApi({ accounts: true, clock })
    const { cookie, refresh } = await begin(api, (await join(api)).email)
    clock.set(clock.now() + 20_000)
    const answer = await api.call('POST', '/api/v1/auth/refresh', { headers: { cookie, ...ours } })
    expect(answer.status).toBe(200)
    expect(answer.cookies.map(nameOf)).toEqual(['__Host-pulse_access', '__Host-pulse_refresh'])
    expect(answer.body).toEqual({ expires_in: 1_800 })
    expect(cookieIn(answer, 'refresh')).not.toBe(refresh)
    const next = `__Host-pulse_access=${cookieIn(answer, 'access')}`
    expect((await api.call('GET', '/api/v1/auth/me', { headers: { cookie: next } })).status).toBe(200)
  })

  test('SEC-12 logout ends the session and removes its cookies', async () => {
    const api = await openApi({ accounts: true })
    const { cookie } = await begin(api, (await join(api)).email)
    const answer = await api.call('POST', '/api/v1/auth/logout', { headers: { cookie, ...ours } })
    expect(answer.status).toBe(204)
    const removed = ['Path=/', 'Max-Age=0', 'HttpOnly', 'Secure', 'SameSite=Strict']
    expect(answer.cookies).toEqual(['access', 'refresh'].map(name => [`__Host-pulse_${name}=`, ...removed].join('; ')))
    expect((await api.call('GET', '/api/v1/auth/me', { headers: { cookie } })).status).toBe(401)
    expect((await api.call('POST', '/api/v1/auth/refresh', { headers: { cookie, ...ours } })).status).toBe(401)
  })

  test.each([
    ['given twice', (token: string) => `__Host-pulse_access=${token}; __Host-pulse_access=${token}`],
    ['without its prefix', (token: string) => `pulse_access=${token}`],
    ['with other characters', (token: string) => `__Host-pulse_access="${token}"`],
    ['of another name', (token: string) => `__Host-pulse_device=${token}`],
  ])('SEC-12 a cookie %s is none', async (_, cookie) => {
    const api = await openApi({ accounts: true })
    const { token } = await join(api)
    expect((await api.call('GET', '/api/v1/auth/me', { headers: { cookie: cookie(token) } })).status).toBe(401)
  })
})

describe('SEC-12 a REST API, whose events and results have another form', () => {
  const rest = async (api: Api, method: string, path: string, headers: Record<string, string[]>, body?: object) => {
    const event = restEvent(method, `/api/v1${path}`, {
      multiValueHeaders: { 'Content-Type': ['application/json'], ...headers },
      ...(body && { body: JSON.stringify(body) }),
    })
    const result = await api.handlers.auth(event)
    // A result of the older form, which the types of the newer one do not know.
    const { multiValueHeaders } = result as { multiValueHeaders?: Record<string, string[]> }
    return { result, multiValueHeaders, answer: documented(method, `/api/v1${path}`, result) }
  }

  test('SEC-12 takes and gives the same cookies', async () => {
    const api = await openApi({ accounts: true })
    const { email } = await join(api)
    const { result, multiValueHeaders, answer } = await rest(
      api,
      'POST',
      '/auth/login',
      {},
      { email, password: PASSWORD, cookie: true },
    )
    const cookies = multiValueHeaders?.['set-cookie'] ?? []
    expect([result.cookies, cookies.map(nameOf)]).toEqual([
      undefined,
      ['__Host-pulse_device', '__Host-pulse_access', '__Host-pulse_refresh'],
    ])
    const pairs = cookies.map(cookie => cookie.slice(0, cookie.indexOf(';')))
    const me = async (cookie: string[]): Promise<Answer> =>
      (await rest(api, 'GET', '/auth/me', { Cookie: cookie })).answer
    expect((await me([pairs.join('; ')])).body.email).toBe(email)
    expect((await me(pairs)).body.email).toBe(email)
    const refused = await rest(api, 'POST', '/auth/logout', { Cookie: pairs, 'Sec-Fetch-Site': ['cross-site'] })
    expect(refused.answer.status).toBe(403)
    const ended = await rest(api, 'POST', '/auth/logout', { Cookie: pairs, 'Sec-Fetch-Site': ['same-origin'] })
    expect(ended.answer.status).toBe(204)
    expect(ended.multiValueHeaders?.['set-cookie']).toHaveLength(2)
    expect(answer.body).toEqual({ expires_in: 1_800 })
  })

  test('SEC-12 an HTTP API hands cookies over by themselves', async () => {
    const api = await openApi({ accounts: true })
    const { token } = await login(api, (await join(api)).email)
    const event = { ...eventOf('GET', '/api/v1/auth/me'), cookies: ['other=1', `__Host-pulse_access=${token}`] }
    expect(documented('GET', '/api/v1/auth/me', await api.handlers.auth(event)).status).toBe(200)
  })
})
