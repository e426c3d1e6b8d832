import { expect, test } from 'vitest'
import type { Actor } from '../../shared/core/actor.ts'
import { createIdentity } from '../../shared/identity/create-identity.ts'
import type { Identity } from '../../shared/identity/identity.ts'
import { createManualClock } from '../helpers/clock.ts'
import { get, join, type Key, makeKey, PASSWORD, type Person } from './people.ts'
import { openApi } from './setup.ts'

/** How long a process may go on with what it remembers. */
const REMEMBERED_MS = 30_000

interface Ends {
  readonly name: string
  readonly path: string
  /** What somebody is refused with, once it is known. */
  readonly status: number
  readonly change: (identity: Identity, person: Person, key: Key, admin: Actor) => Promise<unknown>
  readonly by: 'session' | 'key'
}

const actorOf = ({ id, session }: Person): Actor => ({ owner: id, by: id, role: 'operator', credential: session })
const cases: readonly Ends[] = [
  {
    name: 'a logout',
    path: '/auth/me',
    status: 401,
    by: 'session',
    change: (identity, person) => identity.logout(actorOf(person)),
  },
  {
    name: 'a session that was ended',
    path: '/auth/me',
    status: 401,
    by: 'session',
    change: (identity, person) => identity.endSession(actorOf(person), person.session),
  },
  {
    name: 'a new password',
    path: '/auth/me',
    status: 401,
    by: 'session',
    change: (identity, { id }) =>
      identity.changePassword({ owner: id, by: id, role: 'operator' }, PASSWORD, 'another one that only I know'),
  },
  {
    name: 'a user who was disabled',
    path: '/auth/me',
    status: 401,
    by: 'session',
    change: (identity, { id }, _, admin) => identity.editUser(admin, id, { disabled: true }),
  },
  {
    name: 'a user who was disabled, by key',
    path: '/stats',
    status: 401,
    by: 'key',
    change: (identity, { id }, _, admin) => identity.editUser(admin, id, { disabled: true }),
  },
  {
    name: 'a role that was taken away',
    path: '/stats',
    status: 403,
    by: 'session',
    change: (identity, { id }, _, admin) => identity.editUser(admin, id, { role: 'viewer' }),
  },
  {
    name: 'a role that was taken away, by key',
    path: '/stats',
    status: 403,
    by: 'key',
    change: (identity, { id }, _, admin) => identity.editUser(admin, id, { role: 'viewer' }),
  },
  {
    name: 'a key that was revoked',
    path: '/stats',
    status: 401,
    by: 'key',
    change: (identity, person, key) => identity.revokeKey(actorOf(person), key.id),
  },
  {
    name: 'a key that was replaced at once',
    path: '/stats',
    status: 401,
    by: 'key',
    change: (identity, person, key) => identity.rotateKey(actorOf(person), key.id, 0),
  },
]

test.each(cases)(
  'SEC-10 SEC-14 $name in another process is known here after 30 s at most',
  async ({ path, status, change, by }) => {
    const clock = createManualClock()
    const api = await openApi({ accounts: true, clock })
    const [person, admin] = [await join(api, 'operator'), await join(api, 'admin')]
    const key = await makeKey(api, person, ['ops:read'])
    const ask = async () => (await get(api, path, by === 'key' ? key : person)).status
    expect(await ask()).toBe(200)
    // On the same stores, and with no way to tell this process what to forget.
    const elsewhere = createIdentity(api.accounts.environment, { forget() {} })
    clock.set(clock.now() + 1)
    await change(elsewhere, person, key, { owner: admin.id, by: admin.id, role: 'admin' })
    clock.set(clock.now() + REMEMBERED_MS - 2)
    expect(await ask()).toBe(200)
    clock.set(clock.now() + 1)
    expect(await ask()).toBe(status)
  },
)
