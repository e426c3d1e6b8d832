import { describe, expect, test } from 'vitest'
import { createManualClock, type ManualClock } from '../helpers/clock.ts'
import { auditOf, bytesOf, get, join, login, type Person, post } from './people.ts'
import { type Answer, type Api, openApi } from './setup.ts'

const SECOND_MS = 1_000
const refresh = (api: Api, refreshToken: string): Promise<Answer> => post(api, '/auth/refresh', { refreshToken })
const later = (clock: ManualClock, ms: number) => clock.set(clock.now() + ms)
const next = async (api: Api, token: string): Promise<string> => (await refresh(api, token)).body.refresh_token

async function open(): Promise<{ api: Api; clock: ManualClock; owner: Person }> {
  const clock = createManualClock()
  const api = await openApi({ accounts: true, clock })
  return { api, clock, owner: await join(api) }
}

describe('SEC-9 a refresh token is good once', () => {
  test('SEC-9 fifty refreshes at once give one successor', async () => {
    const { api, owner } = await open()
    const answers = await Promise.all(Array.from({ length: 50 }, () => refresh(api, owner.refreshToken)))
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]))
    const successors = new Set(answers.map(({ body }) => body.refresh_token))
    expect(successors.size).toBe(1)
    expect((await refresh(api, [...successors][0])).status).toBe(200)
    expect(api.reused).toEqual([])
  })

  test('SEC-9 an answer that was lost is given again within 10 s', async () => {
    const { api, clock, owner } = await open()
    later(clock, 60 * SECOND_MS)
    const lost = await refresh(api, owner.refreshToken)
    later(clock, 10 * SECOND_MS)
    const again = await refresh(api, owner.refreshToken)
    expect([again.status, again.body.refresh_token]).toEqual([200, lost.body.refresh_token])
    expect((await get(api, '/auth/me', again.body.access_token)).status).toBe(200)
    expect(api.reused).toEqual([])
  })

  test('SEC-9 one millisecond later it ends the session', async () => {
    const { api, clock, owner } = await open()
    const lost = await refresh(api, owner.refreshToken)
    later(clock, 10 * SECOND_MS + 1)
    expect((await refresh(api, owner.refreshToken)).status).toBe(401)
    expect((await refresh(api, lost.body.refresh_token)).status).toBe(401)
    expect(api.reused).toEqual([owner.id])
  })

  test('SEC-9 thief first: the owner’s next refresh ends the session of both', async () => {
    const { api, clock, owner } = await open()
    const stolen = await refresh(api, owner.refreshToken)
    later(clock, 60 * SECOND_MS)
    const refused = await refresh(api, owner.refreshToken)
    expect(bytesOf(refused)).toBe(bytesOf(await refresh(api, 'garbage')))
    expect((await refresh(api, stolen.body.refresh_token)).status).toBe(401)
    expect((await get(api, '/auth/me', stolen.body.access_token)).status).toBe(401)
    expect(api.reused).toEqual([owner.id])
  })

  test('SEC-9 owner first: the thief’s try ends the session, at once if the token is older than the last', async () => {
    const { api, owner } = await open()
    const current = await next(api, await next(api, owner.refreshToken))
    expect((await refresh(api, owner.refreshToken)).status).toBe(401)
    expect((await refresh(api, current)).status).toBe(401)
    expect(api.reused).toEqual([owner.id])
  })

  test('SEC-9 SEC-47 it leaves an entry that says whose session, and why; other sessions go on', async () => {
    const { api, clock, owner } = await open()
    const other = await login(api, owner.email)
    const current = await next(api, owner.refreshToken)
    later(clock, 60 * SECOND_MS)
    await refresh(api, owner.refreshToken)
    const admin = await join(api, 'admin')
    const denied = (await auditOf(api, admin)).filter(({ outcome }) => outcome === 'denied')
    expect(denied).toEqual([
      expect.objectContaining({
        by: owner.id,
        action: 'session.refresh',
        code: 'unauthorized',
        target: owner.session,
        reason: expect.stringContaining('second time'),
        address: '192.0.2.1',
      }),
    ])
    expect((await refresh(api, other.refreshToken)).status).toBe(200)
    // There is nothing left to end.
    await refresh(api, owner.refreshToken)
    await refresh(api, current)
    expect(api.reused).toEqual([owner.id])
  })

  test('SEC-9 what was never given out ends nobody’s session', async () => {
    const { api, clock, owner } = await open()
    const current = await next(api, owner.refreshToken)
    later(clock, 60 * SECOND_MS)
    const [, own, mac = ''] = /^prt_(\w{36})_2_([\w-]{43})$/.exec(current) ?? []
    const otherMac = `${mac.startsWith('A') ? 'B' : 'A'}${mac.slice(1)}`
    const garbage = [
      ...[0, 1, 2, 3, 999_999_999].flatMap(generation => [
        `prt_${own}_${generation}_${otherMac}`,
        ...(generation === 2 ? [] : [`prt_${own}_${generation}_${mac}`]),
      ]),
      `prt_${own}_01_${mac}`,
      `${current}=`,
      ` ${current}`,
      current.slice(0, -1),
      `prt_${'0'.repeat(36)}_1_${mac}`,
      'x'.repeat(4_096),
      '',
      owner.token,
    ]
    const refused = await refresh(api, 'garbage')
    expect(refused.status).toBe(401)
    for (const token of garbage) expect(bytesOf(await refresh(api, token)), token).toBe(bytesOf(refused))
    expect(api.reused).toEqual([])
    expect((await refresh(api, current)).status).toBe(200)
  })
})
