import { describe, expect, test } from 'vitest'
import type { LimitStore } from '../../shared/ports/limit-store.ts'
import { StoreUnavailable } from '../../shared/ports/store-unavailable.ts'
import { count, elsewhere, openLimited, rates, SECOND_MS, times } from './limited.ts'
import { bearer, get, guess, join, makeKey, PASSWORD, post } from './people.ts'
import type { Api, ApiOptions } from './setup.ts'

describe('SEC-25 the store of the limits does not answer', () => {
  /** A store that can be broken. */
  function breakable(): { broken: Error | undefined; stores: NonNullable<ApiOptions['stores']> } {
    const state: ReturnType<typeof breakable> = {
      broken: undefined,
      stores: ({ records, limits }) => ({ records, limits: failing(limits, () => state.broken) }),
    }
    return state
  }
  const failing = (limits: LimitStore, error: () => Error | undefined): LimitStore => ({
    take: async (...given) => {
      const broken = error()
      if (broken) throw broken
      return limits.take(...given)
    },
    giveBack: async (...given) => {
      const broken = error()
      if (broken) throw broken
      return limits.giveBack(...given)
    },
  })

  test.each([rates, { perUser: 0, perAddress: 0, admins: true }])(
    'SEC-25 nobody logs in (%j), and after it everybody does',
    async given => {
      const state = breakable()
      const { api } = await openLimited(given, { stores: state.stores })
      const person = await join(api)
      state.broken = new StoreUnavailable('throttled')
      const right = await post(api, '/auth/login', { email: person.email, password: PASSWORD })
      expect(right).toMatchObject({ status: 503, headers: { 'retry-after': '1' }, body: { code: 'unavailable' } })
      expect(right.text).not.toContain('throttled')
      expect((await guess(api, person.email)).status).toBe(503)
      state.broken = undefined
      expect((await post(api, '/auth/login', { email: person.email, password: PASSWORD })).status).toBe(200)
    },
  )

  test('SEC-25 nobody registers or refreshes either; other requests go on, and are counted by this process alone', async () => {
    const state = breakable()
    const { api, clock } = await openLimited({}, { stores: state.stores })
    const person = await join(api)
    state.broken = new StoreUnavailable('throttled')
    for (const path of ['/auth/register', '/auth/refresh']) {
      const body = path === '/auth/refresh' ? { refreshToken: 'x' } : { email: 'new@example.com', password: PASSWORD }
      expect((await post(api, path, body)).status, path).toBe(503)
    }
    const answers = await times(100, () => get(api, '/tasks', person))
    expect([count(answers, 200), count(answers, 429)]).toEqual([60, 40])
    const strangers = await times(50, () => get(api, '/tasks', 'x', elsewhere))
    expect([count(strangers, 401), count(strangers, 429)]).toEqual([30, 20])
    clock.set(clock.now() + 60 * SECOND_MS)
    expect(count(await times(3, () => get(api, '/tasks', person)), 200)).toBe(1)
    const headers = { ...bearer(await makeKeyOf(api)), 'idempotency-key': 'k' }
    for (let repeats = 0; repeats < 2; repeats++)
      expect((await api.call('POST', '/api/v1/tasks', { body: { delay: '1h' }, headers })).status).toBe(202)
    state.broken = new Error('a mistake')
    expect((await get(api, '/tasks', person)).status).toBe(500)

    async function makeKeyOf(server: Api) {
      state.broken = undefined
      const key = await makeKey(server, await join(server))
      state.broken = new StoreUnavailable('throttled')
      return key
    }
  })
})
