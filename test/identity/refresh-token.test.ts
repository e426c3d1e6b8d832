import { createHash, createHmac } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { hashToken, parseRefreshToken, refreshTokenOf } from '../../shared/identity/refresh-token.ts'
import { Secret } from '../../shared/identity/secret.ts'
import { chance } from '../helpers/chance.ts'

const key = chance('a refresh key')(32)
const session = 'ses_01K3QH7ZB5W9XDN2RTF8V4MPCE6Y1KJS0GA7'
const user = 'user_01K3QH7ZB5W9XDN2RTF8V4MPCE'
const tokenOf = (generation: number, by = key, of = session) => refreshTokenOf(by, of, generation).reveal()

describe('SEC-9 a refresh token', () => {
  test('names its session and generation, and ends with a MAC of both', () => {
    const mac = createHmac('sha256', key).update(`${session}|12`).digest('base64url')
    expect(tokenOf(12)).toBe(`prt_01K3QH7ZB5W9XDN2RTF8V4MPCE6Y1KJS0GA7_12_${mac}`)
    expect(parseRefreshToken(tokenOf(12))).toEqual({ session, user, generation: 12 })
  })

  test('is the same whoever asks for it again: a lost answer can be repeated', () => {
    expect(tokenOf(3)).toBe(tokenOf(3))
  })

  test('is another one for each generation, session and key', () => {
    const all = [
      tokenOf(1),
      tokenOf(2),
      tokenOf(12),
      tokenOf(1, chance('another')(32)),
      tokenOf(1, key, `${session.slice(0, -1)}8`),
    ]
    const macs = all.map(text => text.slice(-43))
    expect(new Set(macs).size).toBe(all.length)
  })

  test('is a secret: logs do not show it', () => {
    const token = refreshTokenOf(key, session, 5)
    expect(token).toBeInstanceOf(Secret)
    expect(`${token}`).toBe('[secret]')
  })

  test('is stored as SHA-256, which does not give it back', () => {
    const hash = hashToken(tokenOf(8))
    expect(hash).toBe(createHash('sha256').update(tokenOf(8)).digest('base64url'))
    expect(hash).toMatch(/^[\w-]{43}$/)
    expect(hashToken(tokenOf(9))).not.toBe(hash)
  })

  test.each<[string, string, number]>([
    ['a user', user, 1],
    ['a session in lower case', session.toLowerCase(), 1],
    ['a session with more behind it', `${session}0`, 1],
    ['a negative generation', session, -1],
    ['half a generation', session, 0.5],
    ['too many generations', session, 1_000_000_000],
  ])('cannot be made of %s', (_, of, generation) => {
    expect(() => refreshTokenOf(key, of, generation)).toThrow(TypeError)
  })
})

describe('SEC-9 what has not the form of one is none', () => {
  const good = tokenOf(7)
  const flaws: [string, string][] = [
    ['nothing', ''],
    ['another prefix', good.replace('prt_', 'pk_live_')],
    ['a prefix in capitals', good.replace('prt_', 'PRT_')],
    ['a session in lower case', good.replace(/_0.*?_/, part => part.toLowerCase())],
    ['letters that look like digits', good.replace('01K3', 'OIK3')],
    ['a session of 35 characters', good.replace('prt_0', 'prt_')],
    ['a generation with a leading zero', good.replace('_7_', '_07_')],
    ['a generation with a sign', good.replace('_7_', '_+7_')],
    ['a generation in scientific notation', good.replace('_7_', '_7e0_')],
    ['no generation', good.replace('_7_', '__')],
    ['ten digits of generation', good.replace('_7_', '_7000000000_')],
    ['a short MAC', good.slice(0, -1)],
    ['a long MAC', `${good}A`],
    ['padding', `${good}=`],
    ['a MAC with bits left over', `${good.slice(0, -1)}B`],
    ['a space before it', ` ${good}`],
    ['a line break after it', `${good}\n`],
    ['two of them', `${good}${good}`],
    ['a dot in it', good.replace('_7_', '.7.')],
  ]

  test.each(flaws)('%s', (_, text) => {
    expect(text).not.toBe(good)
    expect(parseRefreshToken(text)).toBeUndefined()
  })

  test('whatever has the form is written in one way only', () => {
    fc.assert(
      fc.property(
        fc.nat({ max: 999_999_999 }),
        fc.nat({ max: 200 }),
        fc.constantFrom(...'AZaz09_-=. \n'),
        (generation, place, character) => {
          const text = tokenOf(generation)
          expect(parseRefreshToken(text)).toEqual({ session, user, generation })
          const changed = text.slice(0, place) + character + text.slice(place + 1)
          const parsed = parseRefreshToken(changed)
          if (parsed === undefined || changed === text) return
          // Then it is another token, and its hash is unknown.
          expect(hashToken(changed)).not.toBe(hashToken(text))
          expect(changed.startsWith(`prt_${parsed.session.slice('ses_'.length)}_${parsed.generation}_`)).toBe(true)
        },
      ),
    )
  })
})
