import { describe, expect, test } from 'vitest'
import { createManualClock, type ManualClock } from '../helpers/clock.ts'
import { bytesOf, cookieIn, guess, join, login, PASSWORD, type Person, post } from './people.ts'
import { type Answer, type Api, type CallOptions, openApi } from './setup.ts'

const SECOND_MS = 1_000
/** What the limits of this server are: 10 failures that cost nothing, 15 minutes at most between two tries. */
const FREE = 10
const LONGEST_S = 900

const elsewhere = (number: number): CallOptions => ({ address: `10.${number >> 8}.${number & 255}.7` })
const known = ({ device }: Person): CallOptions => ({ headers: { cookie: `__Host-pulse_device=${device}` } })
const later = (clock: ManualClock, ms: number) => clock.set(clock.now() + ms)
const right = (api: Api, { email }: Person, more: CallOptions = {}) =>
  post(api, '/auth/login', { email, password: PASSWORD }, more)

async function guesses(api: Api, email: string, count: number, more: CallOptions = {}): Promise<Answer[]> {
  return Promise.all(Array.from({ length: count }, () => guess(api, email, more)))
}

describe('SEC-5 guessing', () => {
  test('SEC-5 10,000 wrong tries from elsewhere: the owner logs in at the first try, from a known device or not', async () => {
    const clock = createManualClock()
    const api = await openApi({ accounts: true, clock })
    const owner = await join(api)
    const statuses = new Map<number, number>()
    for (let batch = 0; batch < 200; batch++) {
      const tries = Array.from({ length: 50 }, (_, index) =>
        guess(api, owner.email, elsewhere((50 * batch + index) % 300)),
      )
      for (const { status } of await Promise.all(tries)) statuses.set(status, (statuses.get(status) ?? 0) + 1)
      later(clock, 6 * SECOND_MS)
    }
    expect([...statuses.keys()].sort()).toEqual([401, 429])
    expect(statuses.get(429)).toBeGreaterThan(1_000)
    expect((await right(api, owner, { ...known(owner), ...elsewhere(1) })).status).toBe(200)
    expect((await right(api, owner, { address: '203.0.113.5' })).status).toBe(200)
    expect((await right(api, owner, { address: '2001:db8:1:2::3' })).status).toBe(200)
  }, 60_000)

  test('SEC-5 a stranger in the owner’s network does not lock out a device that is known', async () => {
    const clock = createManualClock()
    const api = await openApi({ accounts: true, clock })
    const owner = await join(api)
    for (let tries = 0; tries < 40; tries++) await guess(api, owner.email)
    const stranger = await right(api, owner)
    expect(stranger.status).toBe(429)
    expect((await right(api, owner, known(owner))).status).toBe(200)
    // Never a lock that only a person opens.
    later(clock, Number(stranger.headers['retry-after']) * SECOND_MS)
    expect((await right(api, owner)).status).toBe(200)
  })

  test('SEC-5 a device is known to one account, by what it was given there', async () => {
    const api = await openApi({ accounts: true })
    const [owner, thief] = [await join(api), await join(api)]
    await guesses(api, owner.email, 2 * FREE)
    const forged = `${owner.device.slice(0, -2)}AA`
    for (const device of [thief.device, forged, ''])
      expect((await right(api, owner, known({ ...owner, device }))).status, device).toBe(429)
    expect((await right(api, owner, known(owner))).status).toBe(200)
  })

  test('SEC-5 guesses on a known device are slowed down as well, and apart from those of strangers', async () => {
    const api = await openApi({ accounts: true, clock: createManualClock() })
    const owner = await join(api)
    await guesses(api, owner.email, 2 * FREE, known(owner))
    expect((await right(api, owner, known(owner))).status).toBe(429)
    const answer = await right(api, owner)
    expect(answer.status).toBe(200)
    expect((await right(api, owner, known({ ...owner, device: cookieIn(answer, 'device') ?? '' }))).status).toBe(200)
  })

  test('SEC-5 each failure beyond the free ones doubles the time to the next try, up to 15 minutes', async () => {
    const clock = createManualClock()
    const api = await openApi({ accounts: true, clock })
    const { email } = await join(api)
    for (let tries = 0; tries < FREE; tries++) expect((await guess(api, email)).status).toBe(401)
    const waits: number[] = []
    for (let tries = 0; tries < 13; tries++) {
      const { status, headers, body } = await guess(api, email)
      const seconds = Number(headers['retry-after'])
      expect({ status, code: body.code, retryAfter: body.retryAfter }).toEqual({
        status: 429,
        code: 'rate_limited',
        retryAfter: seconds,
      })
      waits.push(seconds)
      later(clock, seconds * SECOND_MS - 1)
      expect((await guess(api, email)).status).toBe(429)
      later(clock, 1)
      expect((await guess(api, email)).status).toBe(401)
    }
    expect(waits).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 512, LONGEST_S, LONGEST_S, LONGEST_S])
  })

  test('SEC-5 the right password clears what failed before, and so does as long a time without a try', async () => {
    const clock = createManualClock()
    const api = await openApi({ accounts: true, clock })
    const owner = await join(api)
    const failures = async () => (await guesses(api, owner.email, FREE)).filter(({ status }) => status === 401).length
    for (let tries = 1; tries < FREE; tries++) await guess(api, owner.email)
    await login(api, owner.email)
    expect(await failures()).toBe(FREE)
    later(clock, LONGEST_S * SECOND_MS + 1)
    expect(await failures()).toBe(FREE)
  })

  test('SEC-4 SEC-5 who guesses at an account that does not exist is answered in the same bytes', async () => {
    const clock = createManualClock()
    const api = await openApi({ accounts: true, clock })
    const { email } = await join(api)
    for (let tries = 0; tries < FREE + 6; tries++) {
      const existing = await guess(api, email, { address: '198.51.100.1' })
      const missing = await guess(api, 'nobody@example.com', { address: '198.51.101.1' })
      expect(bytesOf(missing)).toBe(bytesOf(existing))
      if (tries % 2 === 1) later(clock, SECOND_MS)
    }
    expect((await guess(api, 'nobody@example.com', { address: '198.51.101.1' })).status).toBe(429)
  })

  test('SEC-5 SEC-24 of fifty guesses at once no more are tried than of fifty one after another', async () => {
    const api = await openApi({ accounts: true, clock: createManualClock() })
    const { email } = await join(api)
    const tried = (await guesses(api, email, 50)).filter(({ status }) => status === 401)
    expect(tried.length).toBeGreaterThan(0)
    expect(tried.length).toBeLessThanOrEqual(FREE)
  })

  test('SEC-5 one address that tries one account after another is slowed down, its neighbours are not', async () => {
    const api = await openApi({ accounts: true, clock: createManualClock() })
    const owner = await join(api)
    for (let tries = 0; tries < 10 * FREE; tries++)
      expect((await guess(api, `victim-${tries}@example.com`)).status).toBe(401)
    expect((await guess(api, 'one-more@example.com')).status).toBe(429)
    expect((await right(api, owner, { address: '192.0.2.2' })).status).toBe(200)
    expect((await right(api, owner, known(owner))).status).toBe(200)
  })

  test('SEC-5 in a flood from everywhere strangers have one free failure; owners still log in at the first try', async () => {
    const clock = createManualClock()
    const api = await openApi({ accounts: true, clock })
    const [owner, victim] = [await join(api), await join(api)]
    const statuses = async (number: number) => {
      const answers = [
        await guess(api, victim.email, elsewhere(number)),
        await guess(api, victim.email, elsewhere(number)),
      ]
      return answers.map(({ status }) => status)
    }
    for (let number = 0; number < 300; number++) expect(await statuses(number)).toEqual([401, 401])
    expect(await statuses(300)).toEqual([401, 429])
    expect((await right(api, owner, { address: '203.0.113.5' })).status).toBe(200)
    expect((await right(api, owner, known(owner))).status).toBe(200)
    later(clock, 60 * SECOND_MS)
    expect(await statuses(301)).toEqual([401, 401])
  })
})

test('SEC-27 a forged X-Forwarded-For or Forwarded changes nothing', async () => {
  const api = await openApi({ accounts: true, clock: createManualClock() })
  const { email } = await join(api)
  let number = 0
  const forged = (): CallOptions => {
    const address = `203.0.113.${++number}`
    const names = ['x-forwarded-for', 'x-real-ip', 'true-client-ip', 'cf-connecting-ip', 'x-client-ip']
    return { headers: { ...Object.fromEntries(names.map(name => [name, address])), forwarded: `for=${address}` } }
  }
  for (let tries = 0; tries < FREE; tries++) expect((await guess(api, email, forged())).status).toBe(401)
  expect((await guess(api, email, forged())).status).toBe(429)
})
