import { describe, expect, test } from 'vitest'
import { count, elsewhere, openLimited, SECOND_MS, times } from './limited.ts'
import { get, join, makeKey, post, send } from './people.ts'
import type { Answer } from './setup.ts'

/** What is left of the limit, as the answer says. */
const left = ({ headers }: Answer) => Number(/;r=(\d+);/.exec(headers.ratelimit ?? '')?.[1])

describe('SEC-24 requests an hour', () => {
  test('SEC-24 of 100 at once by one user exactly the limit is let in, and then one a minute', async () => {
    const { api, clock } = await openLimited()
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
    const { api } = await openLimited({ perUser: 100 })
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
    const { api } = await openLimited({ perUser: 20 })
    const person = await join(api)
    const keys = [await makeKey(api, person), await makeKey(api, person)]
    const answers: Answer[] = []
    for (let turns = 0; turns < 40; turns++) for (const key of keys) answers.push(await get(api, '/tasks', key))
    expect(count(answers, 200)).toBe(18)
    const refused = answers.filter(({ status }) => status === 429)
    expect(refused.map(({ body }) => body.violatedPolicies)).toEqual(Array(62).fill(['user']))
  })

  test('SEC-24 the answer tells of the limit that is nearest', async () => {
    const { api } = await openLimited({ perUser: 60, perAddress: 4 })
    const person = await join(api)
    const key = await makeKey(api, person)
    expect((await get(api, '/tasks', key)).headers.ratelimit).toBe('"key";r=3;t=900')
    await times(59, () => get(api, '/tasks', person))
    expect((await get(api, '/tasks', key)).status).toBe(429)
    const narrow = await openLimited({ perUser: 4, perAddress: 60 })
    const other = await makeKey(narrow.api, await join(narrow.api))
    expect((await get(narrow.api, '/tasks', other)).headers.ratelimit).toBe('"user";r=2;t=1800')
  })

  test('SEC-24 who does not say who they are is counted by address, and disturbs nobody who does', async () => {
    const { api } = await openLimited()
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
    const { api } = await openLimited()
    let number = 0
    const forged = () =>
      get(api, '/tasks', 'x', { ...elsewhere, headers: { 'x-forwarded-for': `203.0.113.${++number}` } })
    expect(count(await times(40, forged), 401)).toBe(30)
  })

  test('SEC-24 a repeat of a submit costs nothing', async () => {
    const { api } = await openLimited()
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
    const limited = await openLimited({ perUser: 5 })
    const admin = await join(limited.api, 'admin')
    expect(count(await times(10, () => get(limited.api, '/tasks', admin)), 429)).toBe(5)
    const off = await openLimited({ perUser: 5, admins: false })
    const [free, operator] = [await join(off.api, 'admin'), await join(off.api, 'operator')]
    const key = await makeKey(off.api, free)
    const answers = [...(await times(10, () => get(off.api, '/tasks', free))), await get(off.api, '/tasks', key)]
    expect([count(answers, 200), answers[0]?.headers.ratelimit]).toEqual([11, undefined])
    expect(count(await times(10, () => get(off.api, '/tasks', operator)), 429)).toBe(5)
    const none = await openLimited({ perUser: 0, perAddress: 0 })
    const person = await join(none.api)
    expect(count(await times(100, () => get(none.api, '/tasks', person)), 200)).toBe(100)
    expect(count(await times(50, () => get(none.api, '/tasks', 'x')), 401)).toBe(50)
  })
})
