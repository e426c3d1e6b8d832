import { routeList } from '../../shared/http/routes.ts'
import { bearer, cookieIn, form, join, type Key, post, send } from './people.ts'
import type { Answer, Api, CallOptions } from './setup.ts'

/** What must not be found where it is not due; each is unmistakable. */
export const canary = (place: string) => `canary-${place}-7f3a9c`
/** Each header that a client may send, those that no route reads included. */
const headers = {
  cookie: `__Host-pulse_access=${canary('access')}; __Host-pulse_device=${canary('device')}; s=${canary('cookie')}`,
  referer: `https://example.com/${canary('referer')}`,
  'idempotency-key': canary('key'),
  'x-api-key': canary('x-api-key'),
  'x-forwarded-for': canary('forwarded'),
  'proxy-authorization': canary('proxy'),
  'sec-fetch-site': canary('site'),
  prefer: canary('prefer'),
  traceparent: canary('trace'),
}
const email = `${canary('email')}@example.com`
const password = `${canary('password')} and more words`

/**
 * A life of an account, from its registration on.
 * @returns tokens, keys and the like that were handed out
 */
export async function everything(api: Api): Promise<string[]> {
  const admin = await join(api, 'admin')
  const invited = await send(api, 'POST', '/users', admin, { role: 'operator', email })
  const { invitation } = invited.body
  await post(api, '/auth/register', { email, password, invitation }, { headers })
  await post(api, '/auth/login', { email, password, cookie: true }, { headers })
  const begun = await post(api, '/auth/login', { email, password }, { headers })
  await form(
    api,
    '/auth/login',
    `username=${email}&password=${encodeURIComponent(password)}&client_secret=${canary('oauth')}`,
  )
  const refreshed = await post(api, '/auth/refresh', { refreshToken: begun.body.refresh_token })
  const token = refreshed.body.access_token
  const made = await send(api, 'POST', '/api-keys', token, { name: canary('name') }, { headers })
  const rotated = await send(api, 'POST', `/api-keys/${made.body.id}/rotate`, token)
  await api.call('GET', '/api/v1/tasks', { headers: { ...headers, ...bearer(made.body.key) } })
  // A key where its id belongs.
  await send(api, 'DELETE', `/api-keys/${rotated.body.key}`, token)
  await send(api, 'DELETE', `/auth/sessions/${begun.body.refresh_token}`, token)
  await send(api, 'PATCH', `/users/${token.slice(0, 300)}`, admin, { role: 'admin' })
  await send(api, 'DELETE', `/api-keys/${rotated.body.id}`, token)
  await send(
    api,
    'POST',
    '/tasks',
    token,
    { name: 'echo', payload: canary('payload') },
    { headers: { prefer: 'wait=20' } },
  )
  const newPassword = `${canary('new-password')} and more words`
  const changed = await send(api, 'POST', '/auth/password', token, { currentPassword: password, newPassword })
  await send(api, 'POST', '/auth/logout', changed.body.access_token)
  const { access_token, refresh_token } = begun.body
  return [
    ...[invitation, access_token, refresh_token, token, token.slice(0, 300)],
    ...[refreshed.body.refresh_token, changed.body.access_token],
    ...[made.body.key, rotated.body.key, cookieIn(begun, 'device') ?? ''],
  ]
}

/**
 * Asks each route with canaries in every field, header, parameter and path.
 * @returns what the refusals say
 */
export async function nothingButRefusals(api: Api, key: Key): Promise<string[]> {
  const refusals: string[] = []
  const strings = ['email', 'username', 'password', 'invitation', 'refreshToken', 'refresh_token', 'client_id', 'scope']
  const more = ['client_secret', 'currentPassword', 'newPassword', 'name', 'overlap', 'role', 'expiresAt', 'reason']
  for (const { id, method, path, role } of routeList.filter(each => each.group === 'auth' || each.id === 'listAudit')) {
    const admin = bearer(key)
    const at = path.replace('{id}', canary('path'))
    const bodies = [
      ...[...strings, ...more].map(field => ({ [field]: canary(`${id}-${field}`) })),
      { email: canary('unknown'), password: canary('wrong') },
      { [canary('field')]: canary('value') },
    ]
    const query = role === 'public' ? '' : `${canary('parameter')}=${canary('argument')}`
    const asked: CallOptions[] = [
      ...bodies.map(body => ({ body, headers: { ...headers, ...admin } })),
      { query, headers: admin },
      { headers: { authorization: `Bearer ${canary('token')}`, ...headers } },
      { headers: { authorization: canary('authorization') } },
      { headers },
    ]
    for (const options of asked) {
      const answer: Answer = await api.call(method, at, options)
      if (answer.status >= 400) refusals.push(answer.text.replaceAll(canary('path'), ''))
    }
  }
  return refusals
}
