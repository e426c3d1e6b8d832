import { expect } from 'vitest'
import type { Role, Scope } from '../../shared/core/actor.ts'
import { invite } from '../../shared/identity/invitations.ts'
import type { Answer, Api, CallOptions } from './setup.ts'

/** Somebody who has registered and logged in, as they know themselves. */
export interface Person {
  readonly id: string
  readonly email: string
  readonly password: string
  readonly session: string
  readonly token: string
  readonly refreshToken: string
  /** The cookie that tells this device from a stranger's. */
  readonly device: string
}

export interface Key {
  readonly id: string
  readonly text: string
}

export const PASSWORD = 'a sentence that only I know'
let people = 0

/** Registers somebody by an invitation, as the first admin is, and logs in. */
export async function join(api: Api, role: Role = 'viewer', email = `person-${++people}@example.com`): Promise<Person> {
  const { token } = await invite(api.accounts.environment, { role, by: 'the test' })
  const registered = await post(api, '/auth/register', { email, password: PASSWORD, invitation: token.reveal() })
  expect(registered.status).toBe(201)
  return login(api, email)
}

/** Begins another session. */
export async function login(api: Api, email: string, more: CallOptions = {}): Promise<Person> {
  const begun = await post(api, '/auth/login', { email, password: PASSWORD }, more)
  expect(begun.status).toBe(200)
  const { access_token: token, refresh_token: refreshToken } = begun.body
  const { sub: id, sid: session } = claimsOf(token)
  return { id, email, password: PASSWORD, session, token, refreshToken, device: cookieIn(begun, 'device') ?? '' }
}

/** What an access token says. */
export function claimsOf(token: string): { readonly sub: string; readonly sid: string; readonly ver: number } {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())
}

export function bearer(credential: Person | Key | string): { authorization: string } {
  const text = typeof credential === 'string' ? credential : 'token' in credential ? credential.token : credential.text
  return { authorization: `Bearer ${text}` }
}

export async function makeKey(api: Api, person: Person, scopes?: readonly Scope[], more = {}): Promise<Key> {
  const made = await post(api, '/api-keys', { name: 'ci', scopes, ...more }, { headers: bearer(person) })
  expect(made.status).toBe(201)
  return { id: made.body.id, text: made.body.key }
}

export function post(api: Api, path: string, body?: unknown, more: CallOptions = {}): Promise<Answer> {
  return api.call('POST', `/api/v1${path}`, { body, ...more })
}

export function get(
  api: Api,
  path: string,
  credential: Person | Key | string,
  more: CallOptions = {},
): Promise<Answer> {
  return api.call('GET', `/api/v1${path}`, { ...more, headers: { ...bearer(credential), ...more.headers } })
}

export function send(
  api: Api,
  method: string,
  path: string,
  credential: Person | Key | string,
  body?: unknown,
  more: CallOptions = {},
): Promise<Answer> {
  return api.call(method, `/api/v1${path}`, { body, ...more, headers: { ...bearer(credential), ...more.headers } })
}

/** Tries a wrong password. */
export function guess(api: Api, email: string, more: CallOptions = {}): Promise<Answer> {
  return post(api, '/auth/login', { email, password: 'a sentence that nobody knows' }, more)
}

/** A form as a browser, or a client of OAuth 2, sends it. */
export function form(api: Api, path: string, fields: string, more: CallOptions = {}): Promise<Answer> {
  const headers = { 'content-type': 'application/x-www-form-urlencoded', ...more.headers }
  return api.call('POST', `/api/v1${path}`, { ...more, text: fields, headers })
}

/** The value of a cookie that an answer sets. */
export function cookieIn({ cookies }: Answer, name: 'access' | 'refresh' | 'device'): string | undefined {
  const start = `__Host-pulse_${name}=`
  const found = cookies.filter(cookie => cookie.startsWith(start))
  expect(found.length).toBeLessThanOrEqual(1)
  return found[0]?.slice(start.length, found[0].indexOf(';'))
}

export interface Entry {
  readonly id: string
  readonly by?: string
  readonly action: string
  readonly outcome: string
  readonly code?: string
  readonly target?: string
  readonly owner?: string
  readonly before?: object
  readonly after?: object
  readonly reason?: string
  readonly address: string
  readonly requestId: string
}

/** All entries of the audit log, latest first, as an admin reads them. */
export async function auditOf(api: Api, admin: Person): Promise<Entry[]> {
  const entries: Entry[] = []
  for (let cursor: string | undefined = ''; cursor !== undefined; ) {
    const page: Answer = await get(api, '/audit', admin, {
      query: `limit=200${cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`}`,
    })
    entries.push(...page.body.items)
    cursor = page.body.nextCursor
  }
  return entries
}

/** An answer without what every answer has of its own. */
export function bytesOf({ status, headers, text, cookies }: Answer): string {
  const body = text.replace(/"(?:requestId|instance)":"[^"]*",?/g, '')
  const names = Object.keys(headers).sort()
  return JSON.stringify([status, names, { ...headers, 'x-request-id': '' }, body, cookies])
}
