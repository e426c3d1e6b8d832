import { expect, test } from 'vitest'
import { createAuditLog } from '../../shared/identity/audit.ts'
import { createJanitor, type Janitor, type JanitorOptions } from '../../shared/identity/janitor.ts'
import {
  type ApiKey,
  apiKeyKey,
  apiKeyOf,
  apiKeyWrite,
  keyState,
  listKeys,
  MOST_KEYS,
  usedPartition,
  usedWrite,
} from '../../shared/identity/key-row.ts'
import { createUserRemoval } from '../../shared/identity/remove-user.ts'
import { newUserWrites } from '../../shared/identity/user.ts'
import type { RecordStore } from '../../shared/ports/record-store.ts'
import { StoreUnavailable } from '../../shared/ports/store-unavailable.ts'
import { createEntropy } from '../../shared/runtime/entropy.ts'
import { at } from '../helpers/clock.ts'
import { describeBackends } from './describe-backends.ts'

const DAY = 86_400_000
const UNUSED = 90 * DAY
const RETENTION = 30 * DAY
const now = at('10:00:00')
const always = () => true
const never = () => false

const user = (number: number) => `user_${String(number).padStart(26, '0')}`
const keyId = (owner: string, number: number) => `key_${owner.slice('user_'.length)}${String(number).padStart(10, '0')}`

function open(records: RecordStore, more: Partial<JanitorOptions> = {}) {
  let instant = now
  const clock = { now: () => instant, after: () => () => {} }
  const on = { records, clock, entropy: createEntropy(clock.now), settings: { unusedKeyMs: UNUSED } }
  const janitor = createJanitor({ ...on, ...more })
  return {
    on,
    janitor,
    run: (hasTime = always) => janitor.run('request-1', hasTime),
    setNow(to: number) {
      instant = to
    },
    entries: async () => (await createAuditLog(on).list({ limit: 500 })).entries,
  }
}

/** A store that does something else before a write of API keys. */
function racing(records: RecordStore, meanwhile: (written: ApiKey) => Promise<unknown>): RecordStore {
  return {
    ...records,
    async write(writes) {
      const [first] = writes
      if (first?.key.sort.startsWith('key#')) await meanwhile(first.value as ApiKey)
      return records.write(writes)
    },
  }
}

/** What happens to a store when the process that uses it ends at its `last`th write: that one is done, or not, and no more are. */
function dying(records: RecordStore, last: number, isDone: boolean): RecordStore {
  let writes = 0
  return {
    ...records,
    async write(written) {
      writes++
      if (writes < last) return records.write(written)
      if (writes === last && isDone) await records.write(written)
      throw new StoreUnavailable('the process has ended')
    },
  }
}

describeBackends('the janitor of API keys', backend => {
  const make = async (number: number, ...keys: readonly Partial<ApiKey>[]): Promise<readonly ApiKey[]> => {
    const { records } = backend
    const id = user(number)
    const email = `${number}@example.com`
    await records.write(
      newUserWrites({ id, email, passwordHash: '$', role: 'viewer', createdAt: 1, sessionVersion: 1 }),
    )
    return Promise.all(
      keys.map(async (fields, index) => {
        const key: ApiKey = {
          id: keyId(id, index),
          user: id,
          name: `key ${index}`,
          scopes: ['tasks:read'],
          hash: `hash ${index}`,
          createdAt: now - 1_000 * DAY + index,
          ...fields,
        }
        await records.write([apiKeyWrite(key, 'absent')])
        const { lastUsedAt } = key
        if (lastUsedAt !== undefined) await records.write([usedWrite(key, undefined, UNUSED, lastUsedAt)])
        return key
      }),
    )
  }
  const stored = async ({ user: owner, id }: ApiKey) => {
    const record = (await backend.records.read(apiKeyKey(owner, id))) ?? expect.fail('it is there')
    return { ...record, value: apiKeyOf(record, undefined) }
  }
  const statesOf = async (owner: string, instant = now) =>
    (await listKeys(backend.records, owner)).map(key => keyState(key, UNUSED, instant))
  const ended = async (...keys: readonly ApiKey[]) =>
    (await Promise.all(keys.map(stored))).map(({ value }) => value.revokedFor)

  test('S4-09 S3-25 ends keys that have expired or that nobody used, no others, and lists say the same as before', async () => {
    const { run, entries } = open(backend.records)
    const expiresAt = now - 7
    const [expired, unused, idle, ...others] = await make(
      1,
      { expiresAt, lastUsedAt: now - DAY },
      {},
      { lastUsedAt: now - UNUSED - 60_001 },
      { lastUsedAt: now - UNUSED - 60_000 },
      { createdAt: now - UNUSED },
      { expiresAt: now + 1, lastUsedAt: now - DAY },
      { revokedAt: now - 3 },
    )
    if (!expired || !unused || !idle) throw new Error('they are made')
    const before = await statesOf(user(1))
    expect(before).toEqual(['expired', 'unused', 'unused', 'unused', 'active', 'active', 'revoked'])
    const left = await Promise.all(others.map(stored))

    const counts = { users: 1, keys: 7, expired: 1, unused: 2 }
    expect(await run()).toEqual({ startedAt: now, endedAt: now, ...counts })
    expect(await statesOf(user(1))).toEqual(before)
    expect(await Promise.all(others.map(stored))).toEqual(left)
    expect(await stored(expired)).toMatchObject({
      version: 2,
      value: { revokedAt: expiresAt, revokedFor: 'expired', hash: 'hash 0' },
      expiresAt: expiresAt + RETENTION,
    })
    for (const key of [unused, idle])
      expect(await stored(key)).toMatchObject({
        value: { revokedAt: now, revokedFor: 'unused' },
        expiresAt: now + RETENTION,
      })
    const shown = (await listKeys(backend.records, user(1))).map(({ lastUsedAt }) => lastUsedAt)
    expect(shown).toEqual([expired, unused, idle, ...others].map(({ lastUsedAt }) => lastUsedAt))

    const told = (await entries()).map(({ id: _, ...entry }) => entry)
    const common = { at: now, by: 'janitor', action: 'key.revoke', outcome: 'done', owner: user(1) }
    const entry = ({ id }: ApiKey, reason: string) => ({
      ...common,
      target: id,
      reason,
      address: '',
      requestId: 'request-1',
    })
    const expected = [entry(expired, 'expired'), entry(unused, 'unused'), entry(idle, 'unused')]
    expect(told).toHaveLength(3)
    expect(told).toEqual(expect.arrayContaining(expected))
  })

  test('S4-09 once is enough: another pass ends nothing, and what was ended stays so, whatever the setting says later', async () => {
    const { run, setNow, entries } = open(backend.records)
    const [key] = await make(1, {})
    if (!key) throw new Error('it is made')
    expect(await run()).toMatchObject({ keys: 1, unused: 1 })
    const after = await stored(key)
    setNow(now + DAY)
    expect(await run()).toEqual({
      startedAt: now + DAY,
      endedAt: now + DAY,
      ...{ users: 1, keys: 1, expired: 0, unused: 0 },
    })
    expect(await stored(key)).toEqual(after)
    expect(await entries()).toHaveLength(1)
    expect(keyState(after.value, 10_000 * DAY, now + DAY)).toBe('unused')
  })

  test('S4-09 a clock that was wrong for a while ends nothing before its time', async () => {
    const { run, setNow } = open(backend.records)
    const keys = await make(1, { createdAt: now }, { createdAt: now, expiresAt: now + DAY })
    setNow(now + 1_000 * DAY)
    expect(await run()).toMatchObject({ expired: 1, unused: 1 })
    expect(await ended(...keys)).toEqual(['unused', 'expired'])
    expect(await statesOf(user(1), now)).toEqual(['active', 'active'])
    expect(await statesOf(user(1), now + DAY)).toEqual(['active', 'expired'])
    expect(await statesOf(user(1), now + UNUSED + 1)).toEqual(['unused', 'expired'])
  })

  test('a key that is being replaced, or that was to be revoked later, ends when its time is over before', async () => {
    const { run } = open(backend.records)
    const [key] = await make(1, { revokedAt: now + 5 * DAY, replacedBy: 'key_2', expiresAt: now - 1 })
    if (!key) throw new Error('it is made')
    expect(await run()).toMatchObject({ expired: 1 })
    const { value, expiresAt } = await stored(key)
    expect(value).toMatchObject({ revokedAt: now - 1, revokedFor: 'expired', replacedBy: 'key_2' })
    expect(expiresAt).toBe(now - 1 + RETENTION)
  })

  test.each([
    ['the first', undefined],
    ['one of many', now - 400 * DAY],
  ])('S4-09 a use that is noted at the same moment wins: %s', async (_, lastUsedAt) => {
    const { records } = backend
    const [key] = await make(1, lastUsedAt === undefined ? {} : { lastUsedAt })
    if (!key) throw new Error('it is made')
    const { on, janitor, entries } = open(
      racing(records, async () => {
        const used = await records.read({ partition: usedPartition(key.user), sort: key.id })
        expect(await records.write([usedWrite(key, used, UNUSED, now)])).toBe(true)
      }),
    )
    expect(await janitor.run('request-1', always)).toMatchObject({ keys: 1, unused: 0 })
    expect(await ended(key)).toEqual([undefined])
    expect(await statesOf(key.user)).toEqual(['active'])
    expect(await entries()).toEqual([])
    expect(await createJanitor({ ...on, records }).run('request-2', always)).toMatchObject({ keys: 1, unused: 0 })
    expect(await ended(key)).toEqual([undefined])
  })

  test('S4-09 somebody who revokes a key at the same moment was quicker', async () => {
    const { records } = backend
    const [key] = await make(1, { expiresAt: now - 1 })
    if (!key) throw new Error('it is made')
    const { janitor, entries } = open(
      racing(records, async () => {
        expect(await records.write([apiKeyWrite({ ...key, revokedAt: now }, 1)])).toBe(true)
      }),
    )
    expect(await janitor.run('request-1', always)).toMatchObject({ keys: 1, expired: 0 })
    expect(await statesOf(key.user)).toEqual(['revoked'])
    expect(await entries()).toEqual([])
  })

  test('SEC-22 of a user who is removed at the same moment, nothing comes back', async () => {
    const { records } = backend
    const [key] = await make(1, { lastUsedAt: now - 400 * DAY }, {})
    if (!key) throw new Error('it is made')
    const removal = createUserRemoval({ records, clock: { now: () => now }, forget() {} })
    let gone: Promise<unknown> | undefined
    const { janitor, entries } = open(
      racing(records, () => {
        gone ??= removal.removeCredentials(key.user, always)
        return gone
      }),
    )
    expect(await janitor.run('request-1', always)).toMatchObject({ keys: 2, unused: 0 })
    expect((await records.list({ partition: usedPartition(key.user), limit: 9 })).records).toEqual([])
    expect((await records.list({ partition: key.user, limit: 9 })).records).toHaveLength(1)
    expect(await entries()).toEqual([])
  })

  test('S4-08 S4-09 however many there are, all are ended, and go by themselves', async () => {
    const { records } = backend
    const { run, entries } = open(records)
    await make(1, ...Array.from({ length: MOST_KEYS }, () => ({})))
    await make(2, {}, {})
    expect(await run()).toMatchObject({ users: 2, keys: MOST_KEYS + 2, unused: MOST_KEYS + 2 })
    const { records: rows } = await records.list({ partition: user(1), prefix: 'key#', limit: MOST_KEYS + 1 })
    expect(rows.filter(({ expiresAt }) => expiresAt !== now + RETENTION)).toEqual([])
    expect(await entries()).toHaveLength(MOST_KEYS + 2)
  })

  test('S4-10 goes on where time was up, until all users have been looked at; then it begins again', async () => {
    const { run, janitor, setNow } = open(backend.records, { pageUsers: 2 })
    for (const number of [1, 2, 3, 4, 5]) await make(number, {}, { createdAt: now })
    expect(await janitor.last()).toBeUndefined()
    const first = { startedAt: now, users: 2, keys: 4, expired: 0, unused: 2 }
    expect(await run(never)).toEqual({ ...first, after: user(2) })
    expect(await janitor.last()).toEqual({ ...first, after: user(2) })
    setNow(now + 1_000)
    expect(await run(never)).toMatchObject({ startedAt: now, users: 4, unused: 4 })
    setNow(now + 2_000)
    const whole = { startedAt: now, endedAt: now + 2_000, users: 5, keys: 10, expired: 0, unused: 5 }
    expect(await run(never)).toEqual(whole)
    expect(await janitor.last()).toEqual(whole)
    setNow(now + 3_000)
    expect(await run()).toEqual({ ...whole, startedAt: now + 3_000, endedAt: now + 3_000, unused: 0 })
  })

  test('S4-10 also where time is up in the midst of the keys of one user', async () => {
    const { run } = open(backend.records)
    await make(1, ...Array.from({ length: 25 }, () => ({ expiresAt: now - 1 })))
    expect(await run(never)).toEqual({ startedAt: now, users: 0, keys: 0, expired: 10, unused: 0 })
    expect(await run(never)).toMatchObject({ users: 0, expired: 20 })
    expect(await run(never)).toEqual({ startedAt: now, endedAt: now, users: 1, keys: 25, expired: 25, unused: 0 })
  })

  test('S4-10 where there are no users, it has looked at all of them', async () => {
    const { run } = open(backend.records)
    expect(await run(never)).toEqual({ startedAt: now, endedAt: now, users: 0, keys: 0, expired: 0, unused: 0 })
  })

  test('S4-10 several at once end each key once', async () => {
    const { entries } = open(backend.records)
    for (const number of [1, 2, 3, 4, 5]) await make(number, {}, { expiresAt: now - 1 }, { createdAt: now })
    const both = [open(backend.records, { pageUsers: 2 }), open(backend.records, { pageUsers: 2 })]
    await Promise.all(both.map(({ run }) => run()))
    const { janitor } = open(backend.records)
    // One may have begun another pass after the other's had ended.
    const all = await janitor.last()
    expect(all).toMatchObject({ users: 5, keys: 15, endedAt: now })
    const targets = (await entries()).map(({ target }) => target)
    expect(targets).toHaveLength(10)
    expect(new Set(targets).size).toBe(10)
  })

  test('S4-10 a page that two were at counts once, and what either has ended is counted', async () => {
    const { records } = backend
    for (const number of [1, 2, 3]) await make(number, { expiresAt: now - 1 }, {})
    let other: Promise<unknown> | undefined
    const first: Janitor = open(
      racing(records, async () => {
        other ??= open(records, { pageUsers: 2 }).run(never)
        await other
      }),
      { pageUsers: 2 },
    ).janitor
    expect(await first.run('request-1', always)).toEqual({
      startedAt: now,
      endedAt: now,
      ...{ users: 3, keys: 6, expired: 3, unused: 3 },
    })
  })

  test.each([true, false])(
    'S4-10 it may die at any write (which is done: %s): the next run ends the rest',
    async isDone => {
      const { records } = backend
      const keys: ApiKey[] = []
      for (const number of [1, 2, 3]) keys.push(...(await make(number, {}, { expiresAt: now - 1 })))
      const { run, entries } = open(records, { pageUsers: 2 })
      for (let last = 1; last <= 12; last++) {
        const { run } = open(dying(records, last, isDone), { pageUsers: 2 })
        await run().catch(error => expect(error).toBeInstanceOf(StoreUnavailable))
      }
      expect(await run()).toMatchObject({ users: 3, keys: 6, endedAt: now })
      expect(await ended(...keys)).toEqual(['unused', 'expired', 'unused', 'expired', 'unused', 'expired'])
      expect((await entries()).map(({ target }) => target).sort()).toEqual(keys.map(({ id }) => id).sort())
    },
  )

  test('S4-10 reads no more than it has to: the keys of each user, and uses of those alone that it may have to end', async () => {
    const asked: string[] = []
    const { records } = backend
    const counting: RecordStore = {
      ...records,
      list(query) {
        asked.push(query.partition === 'users' ? 'users' : 'keys')
        return records.list(query)
      },
      readMany(keys) {
        asked.push(`${keys.length} uses`)
        return records.readMany(keys)
      },
    }
    await make(1, {}, { createdAt: now }, { revokedAt: 5 })
    await make(2, { createdAt: now })
    await make(3, { lastUsedAt: now - 1 })
    await open(counting).run()
    expect(asked).toEqual(['users', 'keys', 'keys', 'keys', '2 uses'])
  })
})
