import { describe, expect, test } from 'vitest'
import { authRoutes } from '../../shared/http/auth-routes.ts'
import type { Route } from '../../shared/http/route.ts'
import type { LimitStore } from '../../shared/ports/limit-store.ts'
import type { RecordStore } from '../../shared/ports/record-store.ts'
import { StoreUnavailable } from '../../shared/ports/store-unavailable.ts'
import { bearer, join, login, makeKey, PASSWORD, type Person } from './people.ts'
import { type Answer, type Api, openApi } from './setup.ts'

const SECRET = 'SELECT secret FROM /var/lib/pulse arn:aws:dynamodb'
/** As many calls of the stores as the longest use case makes, and more. */
const MOST_CALLS = 40

/** Stores of which one call, counted from when they are armed, fails. */
interface Faults {
  arm(at: number, error: Error): void
  /** Whether that call was reached. */
  struck(): boolean
  disarm(): void
  records(real: RecordStore): RecordStore
  limits(real: LimitStore): LimitStore
}

function createFaults(): Faults {
  let left = 0
  let thrown: Error | undefined
  async function pass(): Promise<void> {
    if (left > 0 && --left === 0) throw thrown
  }
  return {
    arm(at, error) {
      left = at
      thrown = error
    },
    struck: () => left === 0,
    disarm() {
      left = 0
    },
    records: real => ({
      read: key => pass().then(() => real.read(key)),
      readMany: keys => pass().then(() => real.readMany(keys)),
      list: query => pass().then(() => real.list(query)),
      write: writes => pass().then(() => real.write(writes)),
    }),
    limits: real => ({
      take: (...given) => pass().then(() => real.take(...given)),
      giveBack: (...given) => pass().then(() => real.giveBack(...given)),
    }),
  }
}

interface People {
  readonly admin: Person
  readonly other: Person
}

async function joined(api: Api): Promise<People> {
  return { admin: await join(api, 'admin'), other: await join(api) }
}

/** A request that the route takes, of an admin, about what is there. */
async function requestOf(api: Api, id: keyof typeof authRoutes, number: number, { admin, other }: People) {
  const ids = {
    endSession: async () => (await login(api, admin.email)).session,
    rotateApiKey: async () => (await makeKey(api, admin)).id,
    revokeApiKey: async () => (await makeKey(api, admin)).id,
    getUser: async () => other.id,
    editUser: async () => other.id,
  } as Partial<Record<string, () => Promise<string>>>
  const bodies: Partial<Record<string, object>> = {
    register: { email: `new-${number}@example.com`, password: PASSWORD },
    login: { email: other.email, password: PASSWORD },
    refresh: { refreshToken: other.refreshToken },
    changePassword: { currentPassword: PASSWORD, newPassword: 'another one that only I know' },
    createApiKey: { name: 'ci' },
    inviteUser: { role: 'viewer' },
    editUser: { role: 'operator' },
  }
  const { method, path }: Route = authRoutes[id]
  return {
    method,
    path: path.replace('{id}', (await ids[id]?.()) ?? ''),
    options: { body: bodies[id], headers: bearer(admin) },
  }
}

function expectProblem(answer: Answer, status: number, code: string, instance: string): void {
  expect(answer).toMatchObject({ status, body: { status, code, instance, requestId: 'request-1' } })
  const members = ['code', 'detail', 'instance', 'requestId', 'status', 'title', 'type']
  expect(Object.keys(answer.body).sort()).toEqual(members)
  expect(answer.text).not.toMatch(/SELECT|secret FROM|arn:|\.ts|node:|stack/)
  expect(JSON.stringify(answer.headers)).not.toContain('SELECT')
}

describe('SEC-46 whichever call of a store fails, the answer is a problem and tells nothing of it', () => {
  test.each(Object.keys(authRoutes) as (keyof typeof authRoutes)[])('SEC-46 %s', async id => {
    const faults = createFaults()
    const api = await openApi({
      accounts: true,
      rates: { perUser: 100_000, perAddress: 100_000, admins: true },
      stores: ({ records, limits }) => ({ records: faults.records(records), limits: faults.limits(limits) }),
    })
    // What looks at all users makes more calls for more of them.
    const same = id === 'runJanitor' ? await joined(api) : undefined
    let calls = 0
    for (const [make, status, code] of [
      [() => new StoreUnavailable(SECRET), 503, 'unavailable'],
      [() => new Error(SECRET), 500, 'internal'],
    ] as const) {
      for (let at = 1; at <= MOST_CALLS; at++) {
        const { method, path, options } = await requestOf(api, id, at, same ?? (await joined(api)))
        api.failures.length = 0
        const error = make()
        faults.arm(at, error)
        const answer = await api.call(method, path, options)
        const struck = faults.struck()
        faults.disarm()
        if (!struck) break
        calls = Math.max(calls, at)
        // What may fail without harm: the note of a key's use, and a unit that stays charged.
        if (answer.status < 300) continue
        expectProblem(answer, status, code, path)
        expect(api.failures).toEqual([{ error, requestId: 'request-1', method, path }])
      }
    }
    expect(calls).toBeGreaterThan(2)
    expect(calls).toBeLessThan(MOST_CALLS)
  })
})

test('SEC-46 after a fault everything goes on: nothing half-done is in the way', async () => {
  const faults = createFaults()
  const api = await openApi({
    accounts: true,
    stores: ({ records, limits }) => ({ records: faults.records(records), limits: faults.limits(limits) }),
  })
  const body = { email: 'ada@example.com', password: PASSWORD }
  for (let at = 1; at <= 4; at++) {
    faults.arm(at, new StoreUnavailable('a full disk'))
    await api.call('POST', '/api/v1/auth/register', { body })
    faults.disarm()
  }
  expect((await api.call('POST', '/api/v1/auth/register', { body })).status).toBe(201)
  for (let at = 1; at <= 8; at++) {
    faults.arm(at, new StoreUnavailable('a full disk'))
    await api.call('POST', '/api/v1/auth/login', { body })
    faults.disarm()
  }
  const { token } = await login(api, body.email)
  expect((await api.call('GET', '/api/v1/auth/me', { headers: bearer(token) })).status).toBe(200)
})
