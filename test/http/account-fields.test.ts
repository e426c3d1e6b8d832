import { describe, expect, test } from 'vitest'
import * as z from 'zod'
import { authRoutes } from '../../shared/http/auth-routes.ts'
import { opsRoutes } from '../../shared/http/ops-routes.ts'
import type { Route } from '../../shared/http/route.ts'
import { bearer, join, login, makeKey, PASSWORD } from './people.ts'
import { openApi } from './setup.ts'

/** What is stored of users, sessions, API keys, invitations and devices, and what actors have. */
const internal = [
  ...['id', 'email', 'passwordHash', 'role', 'createdAt', 'sessionVersion', 'disabledAt', 'disabled'],
  ...['user', 'generation', 'hash', 'rotatedAt', 'endsAt', 'from', 'address', 'userAgent', 'session', 'device'],
  ...[
    'name',
    'scopes',
    'expiresAt',
    'lastUsedAt',
    'revokedAt',
    'replacedBy',
    'state',
    'prefix',
    'key',
    'text',
    'expect',
  ],
  ...['owner', 'by', 'credential', 'actor', 'version', 'partition', 'sort', 'value', 'claimed', 'admin', 'bootstrap'],
  ...[
    'count',
    'at',
    'until',
    'fullAt',
    'notAfter',
    'kid',
    'x',
    'outcome',
    'action',
    'before',
    'after',
    'target',
    'reason',
  ],
  ...['__proto__', 'constructor', 'prototype'],
]
const valid: Partial<Record<keyof typeof authRoutes, object>> = {
  register: { email: 'new@example.com', password: PASSWORD },
  login: { username: 'ada@example.com', password: PASSWORD },
  refresh: { refreshToken: 'x' },
  changePassword: { currentPassword: PASSWORD, newPassword: PASSWORD },
  createApiKey: { name: 'ci' },
  editUser: { role: 'viewer' },
}
/** Which of these a caller may send, by route. */
const known: Partial<Record<keyof typeof authRoutes, readonly string[]>> = {
  register: ['email'],
  login: ['email'],
  createApiKey: ['name', 'scopes', 'expiresAt'],
  inviteUser: ['role', 'email'],
  editUser: ['role', 'disabled'],
}
const all = { ...authRoutes, listAudit: opsRoutes.listAudit }
/** Public routes read no query. */
const withQuery = Object.entries<Route>(all).filter(([, { role }]) => role !== 'public')
const withBody = Object.entries<Route>(authRoutes).filter(([, { body }]) => body)

describe('SEC-19 no account route takes a field that it does not know', () => {
  test.each(withBody)('SEC-19 %s', async (id, { method, path, body: { form } = {} }) => {
    const api = await openApi({ accounts: true })
    const headers = bearer(await join(api, 'admin'))
    const at = path.replace('{id}', `user_${'0'.repeat(26)}`)
    const routeId = id as keyof typeof authRoutes // the keys of a constant object
    const refused = internal.filter(field => !known[routeId]?.includes(field))
    for (const field of refused) {
      const fields = { ...valid[routeId] }
      const text = `{${JSON.stringify(fields).slice(1, -1)}${Object.keys(fields).length > 0 ? ',' : ''}"${field}":1}`
      const answer = await api.call(method, at, { text, headers })
      expect(answer, field).toMatchObject({ status: 400, body: { code: 'malformed' } })
      expect(answer.body.errors).toContainEqual(expect.objectContaining({ pointer: `/${field}` }))
      if (!form) continue
      const sent = new URLSearchParams({ ...fields }).toString()
      const type = { 'content-type': 'application/x-www-form-urlencoded' }
      const asForm = await api.call(method, at, { text: `${sent}&${field}=1`, headers: { ...headers, ...type } })
      expect(asForm, field).toMatchObject({ status: 400, body: { errors: [{ pointer: `/${field}` }] } })
    }
    expect(refused.length).toBeGreaterThan(40)
  })

  test.each(withQuery)('SEC-19 query of %s', async (id, { method, path }) => {
    const api = await openApi({ accounts: true })
    const headers = bearer(await join(api, 'admin'))
    const taken = { listAudit: ['by', 'action'], listApiKeys: ['user'] }[id] ?? []
    for (const field of internal.filter(each => !taken.includes(each))) {
      const body = valid[id as keyof typeof authRoutes]
      const answer = await api.call(method, path.replace('{id}', 'x'), { body, query: `${field}=1`, headers })
      expect(answer, field).toMatchObject({ status: 400, body: { errors: [{ pointer: field }] } })
    }
  })
})

describe('SEC-19 answers hold what their schemas name, and nothing that stays inside', () => {
  const never = /passwordHash|sessionVersion|"hash"|"generation"|\$argon2id|\$scrypt/

  test('SEC-19 every schema of an account answer is strict', () => {
    for (const [id, { answers }] of Object.entries<Route>(all))
      for (const { schema } of Object.values(answers))
        if (schema) expect(looseIn(z.toJSONSchema(schema)), id).toEqual([])
  })

  test('SEC-19 no answer about users, keys and sessions has a hash in it', async () => {
    const api = await openApi({ accounts: true })
    const admin = await join(api, 'admin')
    const other = await join(api)
    const [key, second] = [await makeKey(api, admin), await makeKey(api, other)]
    const headers = bearer(admin)
    const { session } = await login(api, admin.email)
    const asked = [
      ['GET', '/auth/me'],
      ['GET', '/auth/sessions'],
      ['GET', '/users'],
      ['GET', `/users/${other.id}`],
      ['PATCH', `/users/${other.id}`, { role: 'operator' }],
      ['GET', '/api-keys', undefined, `user=${other.id}`],
      ['POST', '/api-keys', { name: 'ci' }],
      ['POST', `/api-keys/${key.id}/rotate`],
      ['DELETE', `/api-keys/${second.id}`],
      ['POST', '/users', { role: 'viewer' }],
      ['GET', '/audit'],
      ['POST', '/auth/signing-keys/rotate'],
      ['DELETE', `/auth/sessions/${session}`],
      ['POST', '/auth/password', { currentPassword: PASSWORD, newPassword: 'another one that only I know' }],
    ] as const
    for (const [method, path, body, query] of asked) {
      const answer = await api.call(method, `/api/v1${path}`, { headers, body, ...(query && { query }) })
      expect(answer.status, path).toBeLessThan(300)
      expect(answer.text + JSON.stringify(answer.headers)).not.toMatch(never)
    }
  })
})

/** Objects that may have members which nobody has named, but for the free details of an audit entry. */
function looseIn(schema: unknown, path = ''): string[] {
  if (typeof schema !== 'object' || schema === null) return []
  const { type, properties, additionalProperties, propertyNames } = schema as Record<string, unknown>
  const loose = type === 'object' && properties !== undefined && additionalProperties !== false
  const free = type === 'object' && propertyNames !== undefined && !/\.(?:before|after)$/.test(path)
  const within = Object.entries(schema).flatMap(([name, value]) => looseIn(value, `${path}.${name}`))
  return [...(loose || free ? [path] : []), ...within]
}
