import { describe, expect, test } from 'vitest'
import { get, join, login, makeKey, PASSWORD, type Person, post, send } from './people.ts'
import { type Answer, type Api, openApi } from './setup.ts'

const NEW = 'another one that only I know'
const refresh = (api: Api, refreshToken: string): Promise<Answer> => post(api, '/auth/refresh', { refreshToken })
const me = async (api: Api, credential: Person | string) => (await get(api, '/auth/me', credential)).status

describe('a new password', () => {
  const change = (api: Api, person: Person | string, currentPassword: string, newPassword: string) =>
    send(api, 'POST', '/auth/password', person, { currentPassword, newPassword })

  test('SEC-10 it ends the other sessions and keeps this one, with a new access token', async () => {
    const api = await openApi({ accounts: true })
    const here = await join(api)
    const elsewhere = await login(api, here.email)
    const key = await makeKey(api, here, ['account'])
    expect([await me(api, here), await me(api, elsewhere)]).toEqual([200, 200])
    const changed = await change(api, here, PASSWORD, NEW)
    expect(changed).toMatchObject({ status: 200, body: { token_type: 'Bearer', expires_in: 1_800 } })
    expect(await me(api, changed.body.access_token)).toBe(200)
    expect([await me(api, here), await me(api, elsewhere), await me(api, key.text)]).toEqual([401, 401, 200])
    expect((await refresh(api, elsewhere.refreshToken)).status).toBe(401)
    expect((await refresh(api, here.refreshToken)).status).toBe(200)
    const old = await post(api, '/auth/login', { email: here.email, password: PASSWORD })
    expect(old.status).toBe(401)
    expect((await post(api, '/auth/login', { email: here.email, password: NEW })).status).toBe(200)
  })

  test('with an API key all sessions end, and there is no token to give', async () => {
    const api = await openApi({ accounts: true })
    const person = await join(api)
    const changed = await change(api, (await makeKey(api, person, ['account'])).text, PASSWORD, NEW)
    expect(changed).toMatchObject({ status: 200, text: '{}' })
    expect(await me(api, person)).toBe(401)
  })

  test.each([
    ['a wrong current one', 'a wrong sentence of mine', NEW, 403, undefined],
    ['a short new one', PASSWORD, 'eleven char', 422, '/newPassword'],
    ['a common new one', PASSWORD, 'password1234', 422, '/newPassword'],
  ])('%s changes nothing', async (_, current, next, status, pointer) => {
    const api = await openApi({ accounts: true })
    const person = await join(api)
    const answer = await change(api, person, current, next)
    expect(answer.status).toBe(status)
    if (pointer !== undefined) expect(answer.body.errors).toMatchObject([{ pointer }])
    expect(await me(api, person)).toBe(200)
    expect((await post(api, '/auth/login', { email: person.email, password: PASSWORD })).status).toBe(200)
  })

  test('of two at once, one is taken', async () => {
    const api = await openApi({ accounts: true })
    const person = await join(api)
    const answers = await Promise.all([NEW, `${NEW} as well`].map(next => change(api, person, PASSWORD, next)))
    // The other one finds another password, or its own session ended.
    expect(answers.map(({ status }) => status).sort()).toEqual([200, expect.toBeOneOf([401, 409])])
  })
})
