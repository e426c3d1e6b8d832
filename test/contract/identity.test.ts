import { expect, test } from 'vitest'
import type { Actor } from '../../shared/core/actor.ts'
import { PulseError } from '../../shared/core/errors.ts'
import { createAuditLog } from '../../shared/identity/audit.ts'
import { createIdentity } from '../../shared/identity/create-identity.ts'
import type { IdentityEnvironment } from '../../shared/identity/environment.ts'
import { createHashSlots } from '../../shared/identity/hash-slots.ts'
import type { Identity } from '../../shared/identity/identity.ts'
import { hasAdmin, invite } from '../../shared/identity/invitations.ts'
import { readUser } from '../../shared/identity/user.ts'
import { createVerifier, type Verifier } from '../../shared/identity/verify.ts'
import { systemClock } from '../../shared/runtime/clock.ts'
import { createEntropy } from '../../shared/runtime/entropy.ts'
import { localMasterSecret } from '../../shared/runtime/local-master-secret.ts'
import { chance } from '../helpers/chance.ts'
import { cheapForTests } from '../helpers/cheap-hashes.ts'
import { at } from '../helpers/clock.ts'
import { type BackendUnderTest, describeBackends } from './describe-backends.ts'

const MINUTE = 60_000
const DAY = 86_400_000
const ada = { email: 'ada@example.com', password: 'looms weave algebraic patterns' }
const grace = { email: 'grace@example.com', password: 'a nanosecond is eleven inches' }
const from = { address: '192.0.2.17', userAgent: 'test/1' }

interface Opened {
  readonly on: IdentityEnvironment
  readonly identity: Identity
  readonly verifier: Verifier
  /** A process of its own, with a memory of its own. */
  readonly elsewhere: Verifier
  readonly reused: string[]
  setNow(now: number): void
  /** Registers, logs in, and says who that is. */
  loggedIn(who: typeof ada): Promise<{ readonly actor: Actor; readonly token: string; readonly refreshToken: string }>
}

function open(backend: BackendUnderTest): Opened {
  let now = at('10:00:00')
  const clock = { now: () => now, after: systemClock.after }
  const reused: string[] = []
  const on: IdentityEnvironment = {
    records: backend.records,
    limits: backend.limits,
    clock,
    entropy: createEntropy(clock.now),
    randomBytes: chance('identity'),
    secret: localMasterSecret(':memory:'),
    hashing: { slots: createHashSlots({ clock }), parameters: cheapForTests },
    settings: {
      issuer: 'pulse-test',
      accessMs: 30 * MINUTE,
      refreshMs: 7 * DAY,
      registration: 'open',
      maxFailedAttempts: 4,
      lockoutMs: 15 * MINUTE,
      unusedKeyMs: 90 * DAY,
    },
    onReuse: user => reused.push(user),
  }
  const verifier = createVerifier(on)
  const identity = createIdentity(on, verifier)
  return {
    on,
    identity,
    verifier,
    elsewhere: createVerifier(on),
    reused,
    setNow(instant) {
      now = instant
    },
    async loggedIn(who) {
      await identity.register(who)
      const { accessToken, refreshToken } = await identity.login({ ...who, from })
      return { actor: await verifier.verify(accessToken), token: accessToken, refreshToken: refreshToken.reveal() }
    },
  }
}

const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'done',
    (error: unknown) => (error instanceof PulseError ? error.code : String(error)),
  )

describeBackends('accounts', backend => {
  test('S1-01 S1-02 S1-22 registers, logs in, and knows the token in every process', async () => {
    const { identity, elsewhere } = open(backend)
    const user = await identity.register({ ...ada, email: 'ADA@example.com' })
    const tokens = await identity.login({ ...ada, from })
    expect(tokens).toMatchObject({ user, expiresInMs: 30 * MINUTE })
    expect(await elsewhere.verify(tokens.accessToken)).toEqual({
      owner: user,
      by: user,
      role: 'viewer',
      credential: tokens.session,
    })
  })

  test('SEC-4 a second registration of an address changes nothing and says nothing', async () => {
    const { identity } = open(backend)
    await identity.register(ada)
    expect(await identity.register({ ...ada, password: 'quite another sentence' })).toBeUndefined()
    expect(await codeOf(identity.login({ ...ada, password: 'quite another sentence', from }))).toBe('unauthorized')
    expect(await codeOf(identity.login({ ...ada, from }))).toBe('done')
  })

  test('two registrations of an address at once make one user', async () => {
    const { identity } = open(backend)
    const made = await Promise.all(Array.from({ length: 5 }, () => identity.register(ada)))
    expect(made.filter(id => id !== undefined)).toHaveLength(1)
    expect((await identity.users(10)).users).toHaveLength(1)
  })

  test('SEC-1 S1-24 a login brings the hash of its password up to date, a failed one does not', async () => {
    const { identity, on } = open(backend)
    const older = { ...cheapForTests, cost: { ...cheapForTests.cost, memoryKib: 12_288, passes: 3 } }
    const before = createIdentity({ ...on, hashing: { ...on.hashing, parameters: older } }, { forget() {} })
    const id = (await before.register(ada)) ?? ''
    const hash = async () => (await readUser(on.records, id))?.user.passwordHash ?? ''
    const first = await hash()
    expect(first).toContain('m=12288,t=3')
    expect(await codeOf(identity.login({ ...ada, password: 'looms weave no patterns', from }))).toBe('unauthorized')
    expect(await hash()).toBe(first)
    await identity.login({ ...ada, from })
    const second = await hash()
    expect(second).toContain('m=19456,t=2')
    await identity.login({ ...ada, from })
    expect(await hash()).toBe(second)
  })

  test('SEC-9 S1-23 each refresh token is good once, and 50 at once get the same successor', async () => {
    const { identity, loggedIn, reused, setNow } = open(backend)
    const { refreshToken } = await loggedIn(ada)
    setNow(at('10:05:00'))
    const answers = await Promise.all(Array.from({ length: 50 }, () => identity.refresh(refreshToken)))
    const next = new Set(answers.map(answer => answer.refreshToken.reveal()))
    expect(next.size).toBe(1)
    setNow(at('10:05:09'))
    expect((await identity.refresh(refreshToken)).refreshToken.reveal()).toBe([...next][0])
    expect(reused).toEqual([])
  })

  test.each([
    ['thief-first', 'the owner'],
    ['owner-first', 'a thief'],
  ])('SEC-9 %s: the second use of a token ends the session, whoever it is (%s)', async () => {
    const { identity, loggedIn, reused, setNow, elsewhere } = open(backend)
    const { refreshToken, token, actor } = await loggedIn(ada)
    setNow(at('10:05:00'))
    const first = await identity.refresh(refreshToken)
    setNow(at('10:05:11'))
    expect(await codeOf(identity.refresh(refreshToken))).toBe('unauthorized')
    expect(reused).toEqual([actor.owner])
    expect(await codeOf(identity.refresh(first.refreshToken.reveal()))).toBe('unauthorized')
    expect(await codeOf(elsewhere.verify(token))).toBe('unauthorized')
  })

  test('SEC-9 a refresh token that was never given out ends nobody’s session', async () => {
    const { identity, loggedIn } = open(backend)
    const { refreshToken } = await loggedIn(ada)
    const forged = refreshToken.replace(/.$/, last => (last === 'A' ? 'B' : 'A'))
    expect(await codeOf(identity.refresh(forged))).toBe('unauthorized')
    expect(await codeOf(identity.refresh(refreshToken))).toBe('done')
  })

  test('SEC-10 a session ends by resting, by logging out, by a changed password and by disabling its user', async () => {
    const { identity, loggedIn, elsewhere, setNow } = open(backend)
    const admin: Actor = { owner: 'user_admin', by: 'user_admin', role: 'admin' }
    const first = await loggedIn(ada)
    expect(await codeOf(elsewhere.verify(first.token))).toBe('done')
    await identity.logout(first.actor)
    setNow(at('10:00:31'))
    expect(await codeOf(elsewhere.verify(first.token))).toBe('unauthorized')

    const other = await identity.login({ ...ada, from })
    const second = await identity.login({ ...ada, from })
    const actor = await elsewhere.verify(second.accessToken)
    const renewed = await identity.changePassword(actor, ada.password, 'the difference engine rests')
    setNow(at('10:01:02'))
    expect(await codeOf(elsewhere.verify(other.accessToken))).toBe('unauthorized')
    expect(await codeOf(identity.refresh(other.refreshToken.reveal()))).toBe('unauthorized')
    expect(await codeOf(elsewhere.verify(renewed?.accessToken ?? ''))).toBe('done')

    await identity.editUser(admin, actor.owner, { disabled: true })
    setNow(at('10:01:33'))
    expect(await codeOf(elsewhere.verify(renewed?.accessToken ?? ''))).toBe('unauthorized')
    expect(await codeOf(identity.refresh(second.refreshToken.reveal()))).toBe('unauthorized')
    expect(await codeOf(identity.login({ email: ada.email, password: 'the difference engine rests', from }))).toBe(
      'unauthorized',
    )

    await identity.editUser(admin, actor.owner, { disabled: false })
    const rested = await identity.login({ email: ada.email, password: 'the difference engine rests', from })
    setNow(at('10:01:33') + 7 * DAY)
    expect(await codeOf(identity.refresh(rested.refreshToken.reveal()))).toBe('unauthorized')
  })

  test('SEC-14 S4-05 S4-07 a key works within its scopes until it is revoked, replaced, expired or unused', async () => {
    const { identity, loggedIn, elsewhere, setNow } = open(backend)
    const { actor } = await loggedIn(ada)
    const made = await identity.createKey(actor, { name: 'ci', scopes: ['tasks:read'] })
    const text = made.text.reveal()
    expect(await elsewhere.verify(text)).toMatchObject({ owner: actor.owner, by: made.key.id, scopes: ['tasks:read'] })

    const rotated = await identity.rotateKey(actor, made.key.id, 5 * MINUTE)
    expect(await codeOf(elsewhere.verify(rotated.text.reveal()))).toBe('done')
    setNow(at('10:04:59'))
    expect(await codeOf(elsewhere.verify(text))).toBe('done')
    setNow(at('10:05:00'))
    expect(await codeOf(elsewhere.verify(text))).toBe('unauthorized')

    await identity.revokeKey(actor, rotated.key.id)
    setNow(at('10:05:31'))
    expect(await codeOf(elsewhere.verify(rotated.text.reveal()))).toBe('unauthorized')

    const brief = await identity.createKey(actor, { name: 'brief', expiresAt: at('10:06:00') })
    const idle = await identity.createKey(actor, { name: 'idle' })
    expect(await codeOf(elsewhere.verify(brief.text.reveal()))).toBe('done')
    expect(await codeOf(elsewhere.verify(idle.text.reveal()))).toBe('done')
    setNow(at('10:06:00'))
    expect(await codeOf(elsewhere.verify(brief.text.reveal()))).toBe('unauthorized')
    setNow(at('10:05:32') + 90 * DAY)
    expect(await codeOf(elsewhere.verify(idle.text.reveal()))).toBe('unauthorized')
    const states = (await identity.keys(actor)).map(key => [key.name, identity.keyState(key)])
    expect(states.toSorted()).toEqual([
      ['brief', 'expired'],
      ['ci', 'revoked'],
      ['ci', 'revoked'],
      ['idle', 'unused'],
    ])
  })

  test('SEC-14 the last use of a key is written once an hour', async () => {
    const { identity, loggedIn, on, setNow } = open(backend)
    const { actor } = await loggedIn(ada)
    const { text } = await identity.createKey(actor, { name: 'ci' })
    const usedAt = async () => (await identity.keys(actor))[0]?.lastUsedAt
    await createVerifier(on).verify(text.reveal())
    expect(await usedAt()).toBe(at('10:00:00'))
    setNow(at('10:59:59'))
    await createVerifier(on).verify(text.reveal())
    expect(await usedAt()).toBe(at('10:00:00'))
    setNow(at('11:00:00'))
    await createVerifier(on).verify(text.reveal())
    expect(await usedAt()).toBe(at('11:00:00'))
  })

  test('SEC-16 SEC-17 another user’s key and session are as unknown as ones that do not exist', async () => {
    const { identity, loggedIn } = open(backend)
    const owner = await loggedIn(ada)
    const stranger = await loggedIn(grace)
    const { key } = await identity.createKey(owner.actor, { name: 'ci' })
    expect(await codeOf(identity.revokeKey(stranger.actor, key.id))).toBe('not_found')
    expect(await codeOf(identity.rotateKey(stranger.actor, key.id, 0))).toBe('not_found')
    expect(await codeOf(identity.endSession(stranger.actor, owner.actor.credential ?? ''))).toBe('not_found')
    expect(await codeOf(identity.revokeKey({ ...stranger.actor, role: 'admin' }, key.id))).toBe('done')
  })

  test('SEC-6 the first admin comes by an invitation that is good once', async () => {
    const { identity, on } = open(backend)
    expect(await hasAdmin(on.records)).toBe(false)
    const { token } = await invite(on, { role: 'admin', by: 'first start' })
    const tries = await Promise.all(
      [ada, grace].map(who => identity.register({ ...who, invitation: token.reveal() }).catch(() => undefined)),
    )
    expect(tries.filter(id => id !== undefined)).toHaveLength(1)
    expect(await hasAdmin(on.records)).toBe(true)
    expect(await codeOf(identity.register({ ...grace, invitation: token.reveal() }))).toBe('forbidden')
    expect((await identity.users(10)).users.map(({ role }) => role)).toEqual(['admin'])
    const [first] = (await identity.users(10)).users
    const other = (await identity.register({ email: 'lin@example.com', password: 'tides and eclipses by hand' })) ?? ''
    const by: Actor = { owner: first?.id ?? '', by: first?.id ?? '', role: 'admin' }
    expect((await identity.editUser(by, other, { role: 'admin' })).after.role).toBe('admin')
    expect(await codeOf(identity.editUser(by, by.owner, { role: 'viewer' }))).toBe('conflict')
  })

  test('SEC-11 keys that sign are replaced while tokens of the old ones stay good', async () => {
    const { identity, loggedIn, on, setNow } = open(backend)
    const old = await loggedIn(ada)
    const before = await identity.rotateSigningKeys()
    const after = await identity.login({ ...ada, from })
    expect(await codeOf(createVerifier(on).verify(old.token))).toBe('done')
    expect(await codeOf(createVerifier(on).verify(after.accessToken))).toBe('done')
    expect(await codeOf(identity.refresh(old.refreshToken))).toBe('done')
    expect((await identity.rotateSigningKeys()).kid).not.toBe(before.kid)
    setNow(at('10:29:59'))
    expect(await codeOf(createVerifier(on).verify(old.token))).toBe('done')
    expect(await codeOf(createVerifier(on).verify(after.accessToken))).toBe('done')
  })

  test('SEC-5 S4-12 failures in one network make it wait longer and longer, and no other', async () => {
    const { identity, setNow } = open(backend)
    await identity.register(ada)
    const guess = (address: string) =>
      codeOf(identity.login({ ...ada, password: 'wrong every time', from: { ...from, address } }))
    for (let tries = 0; tries < 4; tries++) expect(await guess('198.51.100.9')).toBe('unauthorized')
    expect(await guess('198.51.100.77')).toBe('rate_limited')
    expect(await codeOf(identity.login({ ...ada, from }))).toBe('done')
    setNow(at('10:00:01'))
    expect(await guess('198.51.100.9')).toBe('unauthorized')
    setNow(at('10:00:02'))
    expect(await guess('198.51.100.9')).toBe('rate_limited')
    setNow(at('10:00:03'))
    expect(await codeOf(identity.login({ ...ada, from: { ...from, address: '198.51.100.9' } }))).toBe('done')
    expect(await guess('198.51.100.9')).toBe('unauthorized')
  })

  test('SEC-47 the audit log is read latest first, by page and by filter, across months', async () => {
    const { on, setNow } = open(backend)
    const audit = createAuditLog(on)
    for (let index = 0; index < 7; index++) {
      setNow(at('10:00:00') + index * 20 * DAY)
      const by = index % 2 === 0 ? 'user_even' : 'user_odd'
      await audit.append({
        by,
        action: 'key.create',
        outcome: 'done',
        target: `key_${index}`,
        address: '::1',
        requestId: 'r',
      })
    }
    const all: (string | undefined)[] = []
    let after: string | undefined
    do {
      const page = await audit.list({ limit: 3, ...(after !== undefined && { after }) })
      expect(page.entries.length).toBeLessThanOrEqual(3)
      all.push(...page.entries.map(({ target }) => target))
      after = page.next
    } while (after !== undefined)
    expect(all).toEqual([6, 5, 4, 3, 2, 1, 0].map(index => `key_${index}`))
    const odd = await audit.list({ by: 'user_odd', limit: 10 })
    expect(odd.entries.map(({ target }) => target)).toEqual(['key_5', 'key_3', 'key_1'])
    expect((await audit.list({ action: 'key.revoke', limit: 10 })).entries).toEqual([])
  })
})
