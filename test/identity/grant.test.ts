import { randomBytes } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { AuditEntry } from '../../shared/identity/audit.ts'
import { createAuditLog } from '../../shared/identity/audit.ts'
import { type GrantEnvironment, grantRole } from '../../shared/identity/grant.ts'
import { hasAdmin, redeem } from '../../shared/identity/invitations.ts'
import { newUserWrites, readUser, type User } from '../../shared/identity/user.ts'
import { systemClock } from '../../shared/runtime/clock.ts'
import { createEntropy } from '../../shared/runtime/entropy.ts'
import { openSqliteBackend, type SqliteBackend } from '../../shared/sqlite/backend.ts'

let backend: SqliteBackend
let on: GrantEnvironment
let entries: () => Promise<readonly AuditEntry[]>

beforeEach(() => {
  backend = openSqliteBackend({ folder: ':memory:', names: [], failed() {} })
  const { records } = backend
  const audit = createAuditLog({ records, clock: systemClock, entropy: createEntropy(() => systemClock.now()) })
  on = { records, clock: systemClock, randomBytes, audit, by: 'aws', requestId: 'request-1' }
  entries = async () => (await audit.list({ limit: 10 })).entries
})
afterEach(() => backend.close())

const grace: User = {
  id: 'user_01ARZ3NDEKTSV4RRFFQ69G5FAV',
  email: 'grace@example.com',
  passwordHash: '$argon2id$of-nobody',
  role: 'viewer',
  createdAt: 1_700_000_000_000,
  sessionVersion: 3,
}
const addGrace = (more: Partial<User> = {}) => backend.records.write(newUserWrites({ ...grace, ...more }))
const userOf = async () => (await readUser(backend.records, grace.id))?.user

describe('a role that is granted past the API', () => {
  test('is an invitation for that address and no other, where there is no account', async () => {
    const granted = await grantRole(on, 'Ada@Example.com', 'admin')
    if (!('invitation' in granted)) throw new Error('there was an account')
    expect(granted.expiresAt).toBeGreaterThan(systemClock.now())
    const token = granted.invitation.reveal()
    await expect(redeem(on, token, 'joan@example.com')).rejects.toMatchObject({ code: 'forbidden' })
    expect(await redeem(on, token, 'ada@example.com')).toMatchObject({ role: 'admin' })
    expect(String(granted.invitation)).toBe('[secret]')
  })

  test('is the account’s at once, where there is one, and nothing else of it changes', async () => {
    await addGrace()
    expect(await grantRole(on, 'GRACE@example.com', 'operator')).toEqual({ user: { ...grace, role: 'operator' } })
    expect(await userOf()).toEqual({ ...grace, role: 'operator' })
    expect(await hasAdmin(backend.records)).toBe(false)
  })

  test('SEC-6 the first admin closes the door that a first start leaves open', async () => {
    await addGrace()
    await grantRole(on, grace.email, 'admin')
    expect(await hasAdmin(backend.records)).toBe(true)
    await expect(grantRole(on, grace.email, 'admin')).resolves.toMatchObject({ user: { role: 'admin' } })
  })

  test('lets nobody in who was disabled', async () => {
    await addGrace({ disabledAt: 1_700_000_000_500 })
    await grantRole(on, grace.email, 'admin')
    expect(await userOf()).toMatchObject({ role: 'admin', disabledAt: 1_700_000_000_500 })
  })

  test('SEC-47 leaves one entry in the audit log, which says whose hand it was and holds no token', async () => {
    const granted = await grantRole(on, 'ada@example.com', 'operator')
    const [invited, ...more] = await entries()
    expect(more).toEqual([])
    expect(invited).toMatchObject({
      action: 'user.invite',
      outcome: 'done',
      by: 'aws',
      requestId: 'request-1',
      after: { role: 'operator', email: 'ada@example.com' },
    })
    expect(JSON.stringify(invited)).not.toContain('invitation' in granted && granted.invitation.reveal())
    await addGrace()
    await grantRole({ ...on, by: 'local' }, grace.email, 'admin')
    const edits = (await entries()).filter(({ action }) => action === 'user.edit')
    expect(edits).toMatchObject([
      { by: 'local', target: grace.id, owner: grace.id, before: { role: 'viewer' }, after: { role: 'admin' } },
    ])
  })
})
