import { describe, expect, test } from 'vitest'
import type { RequestRates } from '../../shared/http/request-limits.ts'
import type { LimitStore } from '../../shared/ports/limit-store.ts'
import { StoreUnavailable } from '../../shared/ports/store-unavailable.ts'
import { createManualClock, type ManualClock } from '../helpers/clock.ts'
import { bearer, get, guess, join, makeKey, PASSWORD, post, send } from './people.ts'
import { type Answer, type Api, type ApiOptions, openApi } from './setup.ts'

const SECOND_MS = 1_000
/** Of an hour: one comes back each minute, or each two. */
const rates: RequestRates = { perUser: 60, perAddress: 30, admins: true }
const elsewhere = { address: '198.51.100.9' }

async function open(
  more: Partial<RequestRates> = {},
  options: ApiOptions = {},
): Promise<{ api: Api; clock: ManualClock }> {
  const clock = createManualClock()
  return { api: await openApi({ accounts: true, clock, rates: { ...rates, ...more }, ...options }), clock }
}
const times = <T>(count: number, each: () => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, each))
const count = (answers: readonly Answer[], status: number) => answers.filter(answer => answer.status === status).length
/** What is left of the limit, as the answer says. */
const left = ({ headers }: Answer) => Number(/;r=(\d+);/.exec(headers.ratelimit ?? '')?.[1])

describe('SEC-24 requests an hour', () => {
  test('SEC-24 of 100 at once by one user exactly the limit is let in, and then one a minute', async () => {
    const { api, clock } = await open()
    const [person, other] = [await join(api), await join(api)]
    const answers = await times(100, () => get(api, '/tasks', person))
    expect([count(answers, 200), count(answers, 429)]).toEqual([60, 40])
    const remaining = answers.filter(({ status }) => status === 200).map(left)
    expect(remaining.sort((a, b) => a - b)).toEqual(Array.from({ length: 60 }, (_, index) => index))
    const refused = answers.find(({ status }) => status === 429)
    expect(refused).toMatchObject({
      headers: {
        'retry-after': '60',
        ratelimit: '"user";r=0;t=3600',
        'ratelimit-policy': '"user";q=60;w=3600',
        'content-type': 'application/problem+json',
      },
      body: { code: 'rate_limited', retryAfter: 60, violatedPolicies: ['user'] },
    })
    expect((await get(api, '/tasks', other)).status).toBe(200)
    clock.set(clock.now() + 60 * SECOND_MS - 1)
    expect((await get(api, '/tasks', person)).status).toBe(429)
    clock.set(clock.now() + 1)
    expect(count(await times(10, () => get(api, '/tasks', person)), 200)).toBe(1)
  })

  test('SEC-24 a key has its own limit; what it refuses costs its user nothing', async () => {
    const { api } = await open({ perUser: 100 })
    const person = await join(api)
    const [first, second] = [await makeKey(api, person), await makeKey(api, person)]
    const answers = await times(100, () => get(api, '/tasks', first))
    expect([count(answers, 200), count(answers, 429)]).toEqual([30, 70])
    expect(answers.find(({ status }) => status === 429)).toMatchObject({
      headers: { 'retry-after': '120', 'ratelimit-policy': '"key";q=30;w=3600' },
      body: { violatedPolicies: ['key'] },
    })
    expect((await get(api, '/tasks', second)).status).toBe(200)
    // Two for the keys, thirty and one with them, one for this.
    expect(left(await get(api, '/tasks', person))).toBe(100 - 34)
  })

  test('SEC-24 keys share what their user has; what the user refuses costs the key nothing', async () => {
    const { api, clock } = await open({ perUser: 20 })
    const person = await join(api)
    const keys = [await makeKey(api, person), await makeKey(api, person)]
    const answers = (await Promise.all(keys.map(key => times(20, () => get(api, '/tasks', key))))).flat()
    expect([count(answers, 200), count(answers, 429)]).toEqual([18, 22])
    expect(answers.find(({ status }) => status === 429)?.body.violatedPolicies).toEqual(['user'])
    clock.set(clock.now() + 3_600 * SECOND_MS)
    const all = await times(20, () => get(api, '/tasks', keys[0] ?? ''))
    expect(count(all, 200)).toBe(20)
  })

  test('SEC-24 the answer tells of the limit that is nearest', async () => {
    const { api } = await open({ perUser: 60, perAddress: 4 })
    const person = await join(api)
    const key = await makeKey(api, person)
    expect((await get(api, '/tasks', key)).headers.ratelimit).toBe('"key";r=3;t=900')
    await times(59, () => get(api, '/tasks', person))
    expect((await get(api, '/tasks', key)).status).toBe(429)
    const narrow = await open({ perUser: 4, perAddress: 60 })
    const other = await makeKey(narrow.api, await join(narrow.api))
    expect((await get(narrow.api, '/tasks', other)).headers.ratelimit).toBe('"user";r=2;t=1800')
  })

  test('SEC-24 who does not say who they are is counted by address, and disturbs nobody who does', async () => {
    const { api } = await open()
    const person = await join(api)
    const strangers = await times(100, () => get(api, '/tasks', 'x', elsewhere))
    expect([count(strangers, 401), count(strangers, 429)]).toEqual([30, 70])
    expect(strangers.find(({ status }) => status === 429)).toMatchObject({
      headers: { 'retry-after': '120', 'ratelimit-policy': '"address";q=30;w=3600' },
      body: { violatedPolicies: ['address'] },
    })
    for (const path of ['/auth/login', '/auth/register', '/auth/refresh'])
      expect((await post(api, path, { refreshToken: 'x' }, elsewhere)).status, path).toBe(429)
    expect((await get(api, '/tasks', person, elsewhere)).status).toBe(200)
    expect((await get(api, '/tasks', 'x')).status).toBe(401)
    for (const path of ['/health', '/ready', '/openapi.json'])
      expect((await api.call('GET', path, elsewhere)).status).toBe(200)
  })

  test('SEC-24 SEC-27 a forged X-Forwarded-For is not counted as an address', async () => {
    const { api } = await open()
    let number = 0
    const forged = () =>
      get(api, '/tasks', 'x', { ...elsewhere, headers: { 'x-forwarded-for': `203.0.113.${++number}` } })
    expect(count(await times(40, forged), 401)).toBe(30)
  })

  test('SEC-24 a repeat of a submit costs nothing', async () => {
    const { api } = await open()
    const person = await join(api)
    const submit = () => send(api, 'POST', '/tasks', person, { delay: '1h' }, { headers: { 'idempotency-key': 'k' } })
    expect(left(await submit())).toBe(59)
    for (let repeats = 0; repeats < 5; repeats++) {
      const repeat = await submit()
      expect(repeat).toMatchObject({ status: 202, headers: { 'idempotency-replayed': 'true' } })
    }
    expect(left(await get(api, '/tasks', person))).toBe(58)
  })

  test('SEC-24 admins are limited or not, and 0 is no limit', async () => {
    const limited = await open({ perUser: 5 })
    const admin = await join(limited.api, 'admin')
    expect(count(await times(10, () => get(limited.api, '/tasks', admin)), 429)).toBe(5)
    const off = await open({ perUser: 5, admins: false })
    const [free, operator] = [await join(off.api, 'admin'), await join(off.api, 'operator')]
    const key = await makeKey(off.api, free)
    const answers = [...(await times(10, () => get(off.api, '/tasks', free))), await get(off.api, '/tasks', key)]
    expect([count(answers, 200), answers[0]?.headers.ratelimit]).toEqual([11, undefined])
    expect(count(await times(10, () => get(off.api, '/tasks', operator)), 429)).toBe(5)
    const none = await open({ perUser: 0, perAddress: 0 })
    const person = await join(none.api)
    expect(count(await times(100, () => get(none.api, '/tasks', person)), 200)).toBe(100)
    expect(count(await times(50, () => get(none.api, '/tasks', 'x')), 401)).toBe(50)
  })
})

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
      const { api } = await open(given, { stores: state.stores })
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

  test('SEC-25 other requests go on, and are counted by this process alone', async () => {
    const state = breakable()
    const { api, clock } = await open({}, { stores: state.stores })
    const person = await join(api)
    state.broken = new StoreUnavailable('throttled')
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
