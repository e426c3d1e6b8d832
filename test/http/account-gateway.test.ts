import { expect, test } from 'vitest'
import { join, PASSWORD } from './people.ts'
import { serve } from './serve.ts'

const FORGED = { 'x-forwarded-for': '203.0.113.5', forwarded: 'for=203.0.113.5', 'x-real-ip': '203.0.113.5' }

test('S1-02 S1-25 over HTTP somebody logs in with a form, and asks with the token', async () => {
  const { api, url } = await serve({ accounts: true })
  const { email, id } = await join(api)
  const login = await fetch(`${url}/api/v1/auth/login`, {
    method: 'POST',
    body: new URLSearchParams({ grant_type: 'password', username: email, password: PASSWORD }),
  })
  expect([login.status, login.headers.get('cache-control')]).toEqual([200, 'no-store'])
  const { access_token: token } = (await login.json()) as { access_token: string }
  const me = await fetch(`${url}/api/v1/auth/me`, { headers: { authorization: `Bearer ${token}` } })
  expect(await me.json()).toMatchObject({ id, email })
  const nobody = await fetch(`${url}/api/v1/auth/me`)
  expect([nobody.status, nobody.headers.get('www-authenticate')]).toEqual([401, 'Bearer'])
})

test('SEC-12 over HTTP each cookie has a header of its own, and comes back', async () => {
  const { api, url } = await serve({ accounts: true })
  const { email } = await join(api)
  const body = JSON.stringify({ email, password: PASSWORD, cookie: true })
  const headers = { 'content-type': 'application/json' }
  const login = await fetch(`${url}/api/v1/auth/login`, { method: 'POST', body, headers })
  const cookies = login.headers.getSetCookie()
  expect(cookies).toHaveLength(3)
  for (const cookie of cookies)
    expect(cookie).toMatch(/^__Host-pulse_\w+=\S+; Path=\/; .*; HttpOnly; Secure; SameSite=Strict$/)
  const cookie = cookies.map(each => each.slice(0, each.indexOf(';'))).join('; ')
  const me = await fetch(`${url}/api/v1/auth/me`, { headers: { cookie } })
  expect(await me.json()).toMatchObject({ email })
  const logout = (more: Record<string, string>) =>
    fetch(`${url}/api/v1/auth/logout`, { method: 'POST', headers: { cookie, ...more } })
  expect((await logout({ origin: 'https://evil.example' })).status).toBe(403)
  const ended = await logout({ origin: url })
  expect([ended.status, ended.headers.getSetCookie().length]).toEqual([204, 2])
  expect((await fetch(`${url}/api/v1/auth/me`, { headers: { cookie } })).status).toBe(401)
})

test('SEC-27 over HTTP the address is that of the connection, whatever headers say', async () => {
  const { api, url } = await serve({ accounts: true })
  const { email } = await join(api)
  const body = JSON.stringify({ email, password: PASSWORD })
  const headers = { 'content-type': 'application/json', ...FORGED }
  const login = await fetch(`${url}/api/v1/auth/login`, { method: 'POST', body, headers })
  const { access_token: token } = (await login.json()) as { access_token: string }
  const sessions = await fetch(`${url}/api/v1/auth/sessions`, {
    headers: { authorization: `Bearer ${token}`, ...FORGED },
  })
  const { items } = (await sessions.json()) as { items: { current: boolean; address: string }[] }
  expect(items.find(({ current }) => current)?.address).toBe('127.0.0.1')
})
