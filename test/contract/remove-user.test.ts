import { expect, test } from 'vitest'
import type { Actor } from '../../shared/core/actor.ts'
import { PulseError } from '../../shared/core/errors.ts'
import { createUserRemoval } from '../../shared/identity/remove-user.ts'
import { emailKey, isDisabled, listedKey, newUserWrites, userKey } from '../../shared/identity/user.ts'
import type { RecordKey, RecordStore } from '../../shared/ports/record-store.ts'
import { at } from '../helpers/clock.ts'
import { describeBackends } from './describe-backends.ts'

const QUIET_MS = 90_000
const ada = `user_${'1'.repeat(26)}`
const bob = `user_${'2'.repeat(26)}`
const admin: Actor = { owner: `user_${'3'.repeat(26)}`, by: 'admin', role: 'admin' }
const always = () => true

async function made(records: RecordStore, id: string): Promise<readonly RecordKey[]> {
  const email = `${id.slice(-1)}@example.com`
  const user = { id, email, passwordHash: '$', role: 'viewer', createdAt: 1, sessionVersion: 1 } as const
  await records.write(newUserWrites(user))
  const beside = ['key#1', 'key#2', 'session#1'].map(sort => ({ partition: id, sort }))
  for (const key of beside) await records.write([{ key, expect: 'absent', value: { user: id } }])
  return [userKey(id), emailKey(email), listedKey(id), ...beside]
}

function open(records: RecordStore) {
  let now = at('10:00:00')
  const forgotten: string[] = []
  const removal = createUserRemoval({ records, clock: { now: () => now }, forget: user => forgotten.push(user) })
  const passes = (ms: number) => {
    now += ms
    return now
  }
  return { removal, forgotten, passes }
}

describeBackends('removal of a user', backend => {
  test('SEC-22 nothing is left of the user, and all of others', async () => {
    const { records } = backend
    const { removal, forgotten, passes } = open(records)
    const [mine, theirs] = [await made(records, ada), await made(records, bob)]
    const before = await records.readMany(theirs)
    expect(await removal.shutOut(admin, ada)).toBe(true)
    expect(forgotten).toEqual([ada])
    expect((await records.read(userKey(ada)))?.value).toMatchObject({ disabledAt: at('10:00:00') })
    expect(await removal.removeCredentials(ada, always)).toBe(true)
    expect((await records.list({ partition: ada, limit: 9 })).records.map(({ key }) => key.sort)).toEqual(['user'])
    expect(await removal.removeUser(ada, passes(QUIET_MS - 1))).toBe(false)
    expect(await isDisabled(records, ada)).toBe(true)
    expect(await removal.removeUser(ada, passes(1))).toBe(true)
    expect(await isDisabled(records, ada)).toBe(false)
    expect((await records.readMany(mine)).filter(record => record !== undefined)).toEqual([])
    expect(await records.readMany(theirs)).toEqual(before)
    expect([await removal.shutOut(admin, ada), await removal.removeUser(ada, passes(0))]).toEqual([false, true])
  })

  test('SEC-22 time counts from when the user was shut out first', async () => {
    const { records } = backend
    const { removal, passes } = open(records)
    await made(records, ada)
    await removal.shutOut(admin, ada)
    const [first] = await records.readMany([userKey(ada)])
    passes(60_000)
    await removal.shutOut(admin, ada)
    expect(await records.readMany([userKey(ada)])).toEqual([first])
    expect(await removal.removeUser(ada, passes(30_000))).toBe(true)
  })

  test('SEC-22 a user who was let in again, or is changed at the same moment, stays', async () => {
    const { records } = backend
    const { removal, passes } = open(records)
    const keys = await made(records, ada)
    await removal.shutOut(admin, ada)
    const since = passes(QUIET_MS)
    const record = (await records.read(userKey(ada))) ?? expect.fail('it is there')
    const { disabledAt: _, ...user } = record.value as { disabledAt: number }
    const racing: RecordStore = {
      ...records,
      async write(writes) {
        await records.write([{ key: userKey(ada), expect: record.version, value: user }])
        return records.write(writes)
      },
    }
    expect(await open(racing).removal.removeUser(ada, since)).toBe(false)
    expect(await removal.removeUser(ada, since)).toBe(false)
    expect((await records.readMany(keys)).filter(each => each === undefined)).toEqual([])
  })

  test('SEC-22 a key that changes at the same moment is left to the next call', async () => {
    const { records } = backend
    await made(records, ada)
    const key = { partition: ada, sort: 'key#1' }
    const racing: RecordStore = {
      ...records,
      async list(query) {
        const page = await records.list(query)
        if (query.partition === ada) await records.write([{ key, expect: 1, value: { revokedAt: 5 } }])
        return page
      },
    }
    expect(await open(racing).removal.removeCredentials(ada, always)).toBe(false)
    expect(await records.read(key)).toMatchObject({ version: 2 })
    expect(await open(records).removal.removeCredentials(ada, always)).toBe(true)
    expect(await records.read(key)).toBeUndefined()
  })

  test('SEC-22 as far as time allows', async () => {
    const { records } = backend
    const { removal } = open(records)
    await made(records, ada)
    await Promise.all(
      Array.from({ length: 60 }, (_, number) =>
        records.write([{ key: { partition: ada, sort: `session#a${number}` }, expect: 'absent', value: {} }]),
      ),
    )
    expect(await removal.removeCredentials(ada, () => false)).toBe(false)
    expect((await records.list({ partition: ada, limit: 99 })).records).toHaveLength(14)
    expect(await removal.removeCredentials(ada, () => false)).toBe(true)
  })

  test('ids that are no user’s name no records, and one’s own is refused', async () => {
    const { records } = backend
    const { removal, passes } = open(records)
    const keys = await made(records, ada)
    for (const id of ['users', 'email_1@example.com', 'local', `${ada} `, '']) {
      expect(await removal.shutOut(admin, id)).toBe(false)
      expect(await removal.removeCredentials(id, always)).toBe(true)
      expect(await removal.removeUser(id, passes(QUIET_MS))).toBe(true)
    }
    await expect(removal.shutOut({ ...admin, owner: ada }, ada)).rejects.toThrow(PulseError)
    expect((await records.readMany(keys)).filter(each => each === undefined)).toEqual([])
  })
})
