import { createHash } from 'node:crypto'
import { inspect } from 'node:util'
import { crc32 } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { API_KEY_PATTERN, makeApiKey, matchesHash, parseApiKey } from '../../shared/identity/api-key.ts'
import { chance } from '../helpers/chance.ts'

const user = 'user_01JZ8W5N3PBQ7XHV0T6R2KDMCF'
const random = chance('keys of these tests')
const made = makeApiKey(user, random)
const text = made.text.reveal()
const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

/** With the right checksum, whatever the rest is. */
function summed(body: string): string {
  let sum = ''
  for (let rest = crc32(body), index = 0; index < 6; index++) {
    sum = DIGITS[rest % 62] + sum
    rest = Math.floor(rest / 62)
  }
  return `${body}_${sum}`
}
const body = text.slice(0, -7)
const secret = body.slice(-43)

describe('SEC-13 an API key', () => {
  test('has a prefix that scanners find, its user and its own id, 256 bits, and a checksum', () => {
    expect(text).toMatch(/^pk_live_01JZ8W5N3PBQ7XHV0T6R2KDMCF[0-9A-HJKMNP-TV-Z]{10}_[0-9A-Za-z]{43}_[0-9A-Za-z]{6}$/)
    expect(text).toMatch(new RegExp(`^${API_KEY_PATTERN}$`))
    expect(text).toBe(summed(body))
  })

  test('is found by its id, which tells its user', () => {
    expect(made.id).toBe(`key_${text.slice(8, 44)}`)
    expect(parseApiKey(text)).toEqual({ id: made.id, user })
  })

  test('has all of its chance in the text', () => {
    const ones = makeApiKey(user, size => new Uint8Array(size).fill(255)).text.reveal()
    const zeros = makeApiKey(user, size => new Uint8Array(size)).text.reveal()
    expect(zeros).toContain(`CF0000000000_${'0'.repeat(43)}_`)
    let value = 0n
    for (const digit of ones.slice(45, 88)) value = value * 62n + BigInt(DIGITS.indexOf(digit))
    expect(value).toBe(2n ** 256n - 1n)
    for (const each of [ones, zeros]) expect(parseApiKey(each)?.user).toBe(user)
  })

  test('is another one each time', () => {
    const keys = Array.from({ length: 100 }, () => makeApiKey(user, random))
    expect(new Set(keys.map(({ id }) => id)).size).toBe(100)
    expect(new Set(keys.map(key => key.text.reveal().slice(45))).size).toBe(100)
  })

  test('cannot be made without a user or without chance', () => {
    expect(() => makeApiKey('user_1', random)).toThrow(TypeError)
    expect(() => makeApiKey(user.toLowerCase(), random)).toThrow(TypeError)
    expect(() => makeApiKey(user, () => new Uint8Array(41))).toThrow(TypeError)
  })

  test('is stored as a hash, by which it is known again', () => {
    expect(made.hash).toBe(createHash('sha256').update(text).digest('base64url'))
    expect(matchesHash(text, made.hash)).toBe(true)
    for (const other of [made.hash.toLowerCase(), made.hash.slice(1), '', `${made.hash}x`, made.id])
      expect(matchesHash(text, other)).toBe(false)
    expect(matchesHash(makeApiKey(user, random).text.reveal(), made.hash)).toBe(false)
  })

  test('SEC-45 a dump of what is stored, and a log of what was made, hold no secret', () => {
    const { text: shownOnce, ...stored } = made
    expect(JSON.stringify(stored)).not.toContain(secret)
    for (const dump of [JSON.stringify(made), inspect(made, { depth: 9 }), `${shownOnce}`]) {
      expect(dump).not.toContain(secret)
      expect(dump).not.toContain(secret.slice(0, 12))
    }
    expect(inspect(made)).toContain('[secret]')
  })
})

describe('SEC-13 what no key of ours can be is refused by itself, without a read', () => {
  test.each<[string, string]>([
    ['nothing', ''],
    ['the prefix', 'pk_live_'],
    ['another prefix', summed(body.replace('pk_live_', 'pk_test_'))],
    ['a prefix in capitals', summed(body.replace('pk_live_', 'PK_LIVE_'))],
    ['an id in lower case', summed(body.replace('01JZ', '01jz'))],
    ['letters that look like digits', summed(body.replace('01JZ', 'OIJZ'))],
    ['an id that is too short', summed(body.replace('_01JZ', '_1JZ'))],
    ['a secret that is too short', summed(body.slice(0, -1))],
    ['a secret that is too long', summed(`${body}0`)],
    ['a secret that is no number of 256 bits', summed(body.slice(0, -43) + 'z'.repeat(43))],
    ['the first one beyond 256 bits', summed(body.slice(0, -43) + base62(2n ** 256n))],
    ['a sign in the secret', summed(`${body.slice(0, -1)}-`)],
    ['an underscore in the secret', summed(`${body.slice(0, -1)}_`)],
    ['a letter beyond ASCII', summed(`${body.slice(0, -1)}é`)],
    ['a wrong checksum', `${body}_000000`],
    ['the checksum of another key', body + makeApiKey(user, random).text.reveal().slice(-7)],
    ['no checksum', body],
    ['a checksum with a dash', text.replace(/_([^_]*)$/, '-$1')],
    ['a space before it', ` ${text}`],
    ['a line break after it', `${text}\n`],
    ['the scheme before it', `Bearer ${text}`],
    ['two of them', text + text],
    ['1 MB', 'pk_live_'.padEnd(1_048_576, '0')],
  ])('%s', (_, junk) => {
    expect(parseApiKey(junk)).toBeUndefined()
  })

  test('those with a checksum of their own would be taken without their flaw', () => {
    expect(summed(body)).toBe(text)
    expect(parseApiKey(summed(body.slice(0, -43) + base62(2n ** 256n - 1n)))).toEqual({ id: made.id, user })
  })

  test('100,000 texts of the right form: none is taken', () => {
    const bytes = chance('junk')
    const base32 = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
    const draw = (alphabet: string, length: number) => {
      let drawn = ''
      for (const byte of bytes(length)) drawn += alphabet[byte % alphabet.length]
      return drawn
    }
    const form = new RegExp(`^${API_KEY_PATTERN}$`)
    let taken = 0
    for (let count = 0; count < 100_000; count++) {
      const junk = `pk_live_${draw(base32, 36)}_0${draw(DIGITS, 42)}_${draw(DIGITS, 6)}`
      if (count < 100) expect(junk).toMatch(form)
      if (parseApiKey(junk)) taken++
    }
    expect(taken).toBe(0)
  })

  test('100,000 keys with one to three characters changed, dropped or swapped: none is taken', () => {
    const bytes = chance('mutations')
    let taken = 0
    for (let count = 0; count < 100_000; count++) {
      const [kind = 0, first = 0, second = 0, third = 0] = bytes(4)
      const place = first % text.length
      const changed =
        kind % 3 === 0
          ? swapped(text, place)
          : kind % 3 === 1
            ? text.slice(0, place) + text.slice(place + 1)
            : replaced(replaced(text, place, DIGITS[second % 62]), third % text.length, DIGITS[(second + kind) % 62])
      if (changed !== text && parseApiKey(changed)) taken++
    }
    expect(taken).toBe(0)
  })

  test('whatever text comes, no error', () => {
    fc.assert(fc.property(fc.string({ unit: 'grapheme' }), junk => parseApiKey(`pk_live_${junk}`) === undefined))
  })
})

test('SEC-15 the pattern finds a key in a text, whole and once', () => {
  const found = `curl -H "Authorization: Bearer ${text}" …\n`.match(new RegExp(API_KEY_PATTERN, 'g'))
  expect(found).toEqual([text])
})

function base62(value: bigint): string {
  let digits = ''
  for (let rest = value; rest > 0n; rest /= 62n) digits = DIGITS[Number(rest % 62n)] + digits
  return digits.padStart(43, '0')
}

function swapped(key: string, place: number): string {
  return key.slice(0, place) + (key[place + 1] ?? '') + (key[place] ?? '') + key.slice(place + 2)
}

function replaced(key: string, place: number, character = ''): string {
  return key.slice(0, place) + character + key.slice(place + 1)
}
