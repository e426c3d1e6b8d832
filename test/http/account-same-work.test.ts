import { describe, expect, onTestFinished, test, vi } from 'vitest'
import type { Argon2id } from '../../shared/identity/password-hash.ts'
import type { RecordStore } from '../../shared/ports/record-store.ts'
import { cheapForTests } from '../helpers/cheap-hashes.ts'
import { get, guess, join, makeKey, PASSWORD, post, send } from './people.ts'
import { type Answer, type Api, openApi } from './setup.ts'

/** An API that notes what each request asks of the store and of the processor, step by step. */
async function open(): Promise<{ api: Api; workOf: (request: () => Promise<Answer>) => Promise<readonly string[]> }> {
  const steps: string[] = []
  const noting = (records: RecordStore): RecordStore => ({
    read(key) {
      steps.push('read')
      return records.read(key)
    },
    readMany(keys) {
      steps.push(`read ${keys.length}`)
      return records.readMany(keys)
    },
    list(query) {
      steps.push('list')
      return records.list(query)
    },
    write(writes) {
      steps.push(`write ${writes.length}`)
      return records.write(writes)
    },
  })
  // It has one, as every Node of today.
  const hashing = vi.spyOn(cheapForTests as { argon2id: Argon2id }, 'argon2id')
  onTestFinished(() => hashing.mockRestore())
  const api = await openApi({ accounts: true, stores: ({ records, limits }) => ({ limits, records: noting(records) }) })
  return {
    api,
    async workOf(request) {
      steps.length = 0
      hashing.mockClear()
      await request()
      return [...steps, `${hashing.mock.calls.length} hashes`]
    },
  }
}

describe('who asks learns nothing from how much is done', () => {
  test('SEC-4 a login does the same work for a wrong password, an unknown address and a disabled user', async () => {
    const { api, workOf } = await open()
    const [known, disabled, admin] = [await join(api), await join(api), await join(api, 'admin')]
    await send(api, 'PATCH', `/users/${disabled.id}`, admin, { disabled: true })
    // Makes the hash of nobody.
    await guess(api, 'first@example.com', { address: '198.51.100.1' })
    const wrong = await workOf(() => guess(api, known.email))
    expect(wrong).toContain('1 hashes')
    expect(await workOf(() => guess(api, 'nobody@example.com'))).toEqual(wrong)
    expect(await workOf(() => guess(api, disabled.email))).toEqual(wrong)
    const right = () =>
      post(api, '/auth/login', { email: disabled.email, password: PASSWORD }, { address: '203.0.113.1' })
    expect(await workOf(right)).toEqual(wrong)
  })

  test('SEC-4 a registration does the same work for an address that has an account', async () => {
    const { api, workOf } = await open()
    const register = (email: string) => () => post(api, '/auth/register', { email, password: PASSWORD })
    const fresh = await workOf(register('ada@example.com'))
    expect(fresh).toContain('1 hashes')
    expect(await workOf(register('ada@example.com'))).toEqual(fresh)
  })

  test('SEC-17 keys and sessions of others take as much work as those that do not exist', async () => {
    const { api, workOf } = await open()
    const [owner, stranger] = [await join(api), await join(api)]
    const { id } = await makeKey(api, owner)
    const unknown = `key_${stranger.id.slice('user_'.length)}0000000000`
    // From then on it is known who asks.
    await get(api, '/auth/me', stranger)
    const ask = (method: string, path: string) => () => send(api, method, path, stranger)
    for (const [method, end] of [
      ['POST', '/rotate'],
      ['DELETE', ''],
    ] as const) {
      const theirs = await workOf(ask(method, `/api-keys/${id}${end}`))
      expect(await workOf(ask(method, `/api-keys/${unknown}${end}`))).toEqual(theirs)
    }
    const theirs = await workOf(ask('DELETE', `/auth/sessions/${owner.session}`))
    expect(await workOf(ask('DELETE', `/auth/sessions/ses_${'0'.repeat(36)}`))).toEqual(theirs)
  })
})
