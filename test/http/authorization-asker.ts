import { type Role, type Scope, scopes } from '../../shared/core/actor.ts'
import type { Route } from '../../shared/http/route.ts'
import type { RouteId } from '../../shared/http/routes.ts'
import { apiKeyKey } from '../../shared/identity/key-row.ts'
import { sessionKey } from '../../shared/identity/session.ts'
import { userKey } from '../../shared/identity/user.ts'
import { scheduleKey } from '../../shared/schedules/records.ts'
import { expectations, type Row, type Who } from './authorization-table.ts'
import { bearer, join, login, makeKey, PASSWORD, type Person, send } from './people.ts'
import { type Answer, type Api, openApi } from './setup.ts'

export const whos: readonly Who[] = ['none', 'viewer', 'operator', 'admin']
export const targets = ['own', 'other', 'absent'] as const
export type Target = (typeof targets)[number]
export const credentials = ['session token', 'key with the scope', 'key without the scope', 'cookie'] as const
export type Credential = (typeof credentials)[number] | 'none'

export interface Request {
  readonly who: Who
  readonly credential: Credential
  readonly target: Target
}
/** @returns what was answered, and whether what the request was aimed at has changed */
export type Ask = (
  route: Route & { readonly id: RouteId },
  request: Request,
) => Promise<{ readonly answer: Answer; readonly touched: boolean }>

type Kind = 'waiting task' | 'ended task' | 'schedule' | 'session' | 'key' | 'user'
const kinds: Partial<Record<RouteId, Kind>> = {
  getTask: 'waiting task',
  editTask: 'waiting task',
  deleteTask: 'waiting task',
  cancelTask: 'waiting task',
  requeueTask: 'ended task',
  readLogs: 'waiting task',
  getSchedule: 'schedule',
  editSchedule: 'schedule',
  deleteSchedule: 'schedule',
  pauseSchedule: 'schedule',
  resumeSchedule: 'schedule',
  triggerSchedule: 'schedule',
  listOccurrences: 'schedule',
  backfillSchedule: 'schedule',
  endSession: 'session',
  rotateApiKey: 'key',
  revokeApiKey: 'key',
  getUser: 'user',
  editUser: 'user',
  listApiKeys: 'user',
  removeOwner: 'user',
}
const absent: Readonly<Record<Kind, string>> = {
  'waiting task': `task_${'0'.repeat(26)}`,
  'ended task': `task_${'0'.repeat(26)}`,
  schedule: `sch_${'0'.repeat(26)}`,
  session: `ses_${'0'.repeat(36)}`,
  key: `key_${'0'.repeat(36)}`,
  user: `user_${'0'.repeat(26)}`,
}

/** One API in which many ask for what is theirs and what is not. */
export async function createAsker(atTheEnd: (close: () => Promise<void>) => void): Promise<Ask> {
  const api = await openApi({ accounts: true, atTheEnd })
  const people = {
    viewer: await join(api, 'viewer'),
    operator: await join(api, 'operator'),
    admin: await join(api, 'admin'),
  }
  const somebody = await join(api)
  // What it has done can be read from then on.
  await send(api, 'POST', '/janitor', people.admin)
  const kept = new Map<string, Promise<string>>()
  let number = 0

  function once(name: string, make: () => Promise<string>): Promise<string> {
    const known = kept.get(name) ?? make()
    kept.set(name, known)
    return known
  }

  async function credentialsOf(person: Person, credential: Credential, scope: Row['scope']) {
    if (credential === 'session token') return bearer(person)
    if (credential === 'cookie')
      return { cookie: `__Host-pulse_access=${person.token}`, 'sec-fetch-site': 'same-origin' }
    const given = scopes.filter(each => (each === scope) === (credential === 'key with the scope'))
    const text = await once(`${person.id} ${given}`, async () => (await makeKey(api, person, orOne(given))).text)
    return bearer(text)
  }

  return async (route, { who, credential, target }) => {
    const ends = route.id === 'logout' || route.id === 'changePassword'
    const person = who === 'none' ? undefined : ends ? await join(api, who) : people[who]
    const other = route.id === 'removeOwner' ? await join(api) : somebody
    const kind = kinds[route.id]
    const owner = target === 'own' ? (person ?? other) : other
    const name = `${kind} ${owner.id}`
    const id = kind && (target === 'absent' ? absent[kind] : await once(name, () => make(api, kind, owner)))
    const before = await stateOf(api, kind, owner, id)
    const answer = await api.call(route.method, pathOf(route, id), {
      ...(await contentOf(api, route, person ?? other, ++number)),
      ...(route.id === 'listApiKeys' && { query: `user=${id}` }),
      headers: person ? await credentialsOf(person, credential, expectations[route.id].scope) : {},
    })
    const touched = (await stateOf(api, kind, owner, id)) !== before
    if (touched) kept.delete(name)
    return { answer, touched }
  }
}

const aSchedule = { name: 'a schedule', task: { name: 'echo' }, every: '1h' }

/** A key needs a scope; for what needs none, any will do. */
function orOne(given: readonly Scope[]): readonly Scope[] {
  return given.length > 0 ? given : ['tasks:read']
}

function pathOf(route: Route, id = ''): string {
  return route.path.replace('{id}', id).replace('{file}', route.path.startsWith('/console') ? 'script.js' : 'start.js')
}

async function make(api: Api, kind: Kind, owner: Person): Promise<string> {
  if (kind === 'user') return owner.id
  if (kind === 'session') return (await login(api, owner.email)).session
  if (kind === 'key') return (await makeKey(api, owner, ['account'])).id
  if (kind === 'schedule') return (await send(api, 'POST', '/schedules', owner, aSchedule)).body.id
  const { body } = await send(api, 'POST', '/tasks', owner, { delay: '1h' })
  if (kind === 'ended task') await send(api, 'DELETE', `/tasks/${body.id}`, owner)
  return body.id
}

/** What is stored of it. */
async function stateOf(api: Api, kind: Kind | undefined, { id: user }: Person, id = ''): Promise<string> {
  const { records } = api.accounts.environment
  if (kind === 'user') return JSON.stringify(await records.read(userKey(id)))
  if (kind === 'session') return JSON.stringify(await records.read(sessionKey(user, id)))
  if (kind === 'key') return JSON.stringify(await records.read(apiKeyKey(user, id)))
  if (kind === 'schedule') return JSON.stringify(await records.read(scheduleKey(id)))
  return kind === undefined ? '' : JSON.stringify(await api.embedded.backend.tasks.read(id))
}

/** A body that is right for the route. */
async function contentOf(api: Api, { id }: { readonly id: RouteId }, person: Person, number: number) {
  const bodies: Partial<Record<RouteId, object>> = {
    submitTask: { delay: '1h' },
    submitBatch: { tasks: [{ delay: '1h' }] },
    editTask: { title: `title ${number}` },
    createSchedule: aSchedule,
    editSchedule: { description: `description ${number}` },
    backfillSchedule: { from: '2020-01-01T00:00:00Z', to: '2020-01-02T00:00:00Z' },
    requeueDeadLetters: { all: true },
    pauseDispatch: { reason: 'a test', name: 'broken' },
    register: { email: `new-${number}@example.com`, password: PASSWORD },
    login: { email: person.email, password: PASSWORD },
    refresh: id === 'refresh' ? { refreshToken: (await login(api, person.email)).refreshToken } : {},
    changePassword: { currentPassword: PASSWORD, newPassword: 'another one that only I know' },
    createApiKey: { name: 'ci', scopes: ['account'] },
    inviteUser: { role: 'viewer' satisfies Role },
    editUser: { disabled: false, role: number % 2 === 0 ? 'viewer' : 'operator' },
  }
  const body = bodies[id]
  return body ? { body } : {}
}
