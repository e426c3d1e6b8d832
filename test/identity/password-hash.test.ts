import { argon2Sync, scryptSync } from 'node:crypto'
import { describe, expect, test, vi } from 'vitest'
import {
  ARGON2_COST,
  type HashParameters,
  hashPassword,
  nodeArgon2id,
  verifyPassword,
} from '../../shared/identity/password-hash.ts'
import { chance } from '../helpers/chance.ts'
import { cheapForTests } from '../helpers/cheap-hashes.ts'

const real: HashParameters = { cost: ARGON2_COST, argon2id: nodeArgon2id() }
const withoutArgon2: HashParameters = { cost: ARGON2_COST, argon2id: undefined }
const unpadded = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64').replaceAll('=', '')
const salt = chance('salt of these tests')(16)

/** A hash by Node's own function, spelled by hand. */
function argon2Phc(password: string, memory: number, passes: number, parallelism = 1, tagLength = 32): string {
  const tag = argon2Sync('argon2id', { message: password, nonce: salt, memory, passes, parallelism, tagLength })
  return `$argon2id$v=19$m=${memory},t=${passes},p=${parallelism}$${unpadded(salt)}$${unpadded(tag)}`
}

function scryptPhc(password: string, logN: number, lanes: number): string {
  const tag = scryptSync(password, salt, 32, { N: 2 ** logN, r: 8, p: lanes })
  return `$scrypt$ln=${logN},r=8,p=${lanes}$${unpadded(salt)}$${unpadded(tag)}`
}

describe('SEC-1 what is stored', () => {
  test('a PHC string of argon2id with 19 MiB, two passes, one lane, a salt of 16 bytes and a tag of 32', async () => {
    const phc = await hashPassword('an ordinary passphrase', real, chance('one'))
    expect(phc).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/)
    expect(phc).toContain(`$${unpadded(chance('one')(16))}$`)
  })

  test('it is what Node computes of the same password and salt', async () => {
    const phc = await hashPassword('an ordinary passphrase', real, () => salt)
    expect(phc).toBe(argon2Phc('an ordinary passphrase', 19_456, 2))
  })

  test('each hash has a salt of its own', async () => {
    const random = chance('two')
    const first = await hashPassword('the same passphrase', cheapForTests, random)
    expect(await hashPassword('the same passphrase', cheapForTests, random)).not.toBe(first)
  })

  test('where there is no argon2, scrypt with 16 MiB and five lanes', async () => {
    const phc = await hashPassword('a passphrase on an old Node', withoutArgon2, () => salt)
    expect(phc).toMatch(/^\$scrypt\$ln=14,r=8,p=5\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/)
    expect(phc).toBe(scryptPhc('a passphrase on an old Node', 14, 5))
  })

  test('a salt that is too short is a mistake of the programmer', async () => {
    await expect(hashPassword('some passphrase', cheapForTests, () => new Uint8Array(8))).rejects.toThrow(TypeError)
  })
})

describe('SEC-1 there is a floor, and no setting that lowers it', () => {
  test.each([
    [19_455, 2, 1],
    [19_456, 1, 1],
    [47_103, 1, 1],
    [12_287, 3, 1],
    [9_215, 4, 1],
    [7_167, 5, 1],
    [7_167, 30, 1],
    [64, 1, 1],
    [19_456, 2, 0],
    [19_456, 2, 4],
    [Number.NaN, 2, 1],
  ])('%i KiB, %i passes and %i lanes are refused', async (memoryKib, passes, lanes) => {
    const weak = { ...cheapForTests, cost: { algorithm: 'argon2id' as const, memoryKib, passes, lanes } }
    await expect(hashPassword('some passphrase', weak, chance('weak'))).rejects.toThrow(TypeError)
    await expect(verifyPassword(undefined, 'some passphrase', weak)).rejects.toThrow(TypeError)
    await expect(hashPassword('some passphrase', { ...weak, argon2id: undefined }, chance('weak'))).rejects.toThrow(
      TypeError,
    )
  })

  test.each([
    [47_104, 1],
    [19_456, 2],
    [12_288, 3],
    [9_216, 4],
    [7_168, 5],
    [65_536, 3],
  ])('%i KiB and %i passes are taken', async (memoryKib, passes) => {
    const strong = { ...cheapForTests, cost: { algorithm: 'argon2id' as const, memoryKib, passes, lanes: 1 } }
    const phc = await hashPassword('some passphrase', strong, chance('strong'))
    expect(phc).toContain(`$m=${memoryKib},t=${passes},p=1$`)
    expect(await verifyPassword(phc, 'some passphrase', strong)).toEqual({ ok: true, rehash: false })
  })
})

describe('SEC-1 a hash of other days is taken, and made anew', () => {
  const password = 'older than the rules'

  test.each<[string, string, boolean]>([
    ['argon2id of today', argon2Phc(password, 19_456, 2), false],
    ['argon2id with less memory', argon2Phc(password, 1_024, 2), true],
    ['argon2id with fewer passes', argon2Phc(password, 19_456, 1), true],
    ['argon2id with more lanes', argon2Phc(password, 19_456, 2, 2), true],
    ['argon2id with a shorter tag', argon2Phc(password, 19_456, 2, 1, 16), true],
    ['scrypt', scryptPhc(password, 14, 5), true],
    ['scrypt that is cheaper', scryptPhc(password, 10, 1), true],
  ])('%s', async (_, phc, rehash) => {
    expect(await verifyPassword(phc, password, real)).toEqual({ ok: true, rehash })
    expect(await verifyPassword(phc, `${password}.`, real)).toEqual({ ok: false, rehash: false })
  })

  test('on a Node without argon2 a hash of scrypt is one of today', async () => {
    const phc = await hashPassword(password, withoutArgon2, chance('three'))
    expect(await verifyPassword(phc, password, withoutArgon2)).toEqual({ ok: true, rehash: false })
    expect(await verifyPassword(scryptPhc(password, 13, 5), password, withoutArgon2)).toEqual({
      ok: true,
      rehash: true,
    })
  })

  test('but one of argon2id cannot be checked there', async () => {
    const verdict = await verifyPassword(argon2Phc(password, 19_456, 2), password, withoutArgon2)
    expect(verdict).toEqual({ ok: false, rehash: false })
  })
})

describe('SEC-1 SEC-4 what is no hash is a wrong password, at the cost of one', () => {
  const good = argon2Phc('some passphrase', 1_024, 1)
  const [, , , , goodSalt = '', goodTag = ''] = good.split('$')

  test.each<[string, string | undefined]>([
    ['none', undefined],
    ['an empty one', ''],
    ['text', 'some passphrase'],
    ['another algorithm', good.replace('argon2id', 'argon2i')],
    ['another version', good.replace('v=19', 'v=16')],
    ['no version', good.replace('v=19$', '')],
    ['too much memory', good.replace('m=1024', 'm=262145')],
    ['far too much memory', good.replace('m=1024', 'm=4294967295')],
    ['too little memory for argon2', good.replace('m=1024', 'm=7')],
    ['too many passes', good.replace('t=1', 't=33')],
    ['no lanes', good.replace('p=1', 'p=0')],
    ['parameters in another order', good.replace('m=1024,t=1', 't=1,m=1024')],
    ['a number with a leading zero', good.replace('m=1024', 'm=01024')],
    ['padding', `${good}=`],
    ['base64url', good.replace(goodTag, goodTag.replace(/^../, '-_'))],
    ['bits that are left over', good.replace(goodTag, goodTag.slice(0, -1) + other(goodTag.at(-1)))],
    ['a short tag', good.replace(goodTag, unpadded(new Uint8Array(15)))],
    ['a short salt', good.replace(goodSalt, unpadded(new Uint8Array(7)))],
    ['no tag', good.slice(0, good.lastIndexOf('$'))],
    ['something behind it', `${good}$x`],
    ['a line break behind it', `${good}\n`],
    ['scrypt with far too much memory', scryptPhc('some passphrase', 10, 1).replace('ln=10', 'ln=30')],
  ])('%s', async (_, phc) => {
    const argon2id = vi.fn(cheapForTests.argon2id)
    const verdict = await verifyPassword(phc, 'some passphrase', { cost: ARGON2_COST, argon2id })
    expect(verdict).toEqual({ ok: false, rehash: false })
    expect(argon2id.mock.calls.map(([, , cost]) => cost)).toEqual([ARGON2_COST])
  })

  test('a tag of zeros, which stands in for the missing one, opens nothing', async () => {
    const zeros: HashParameters = { cost: ARGON2_COST, argon2id: async (_, __, ___, bytes) => new Uint8Array(bytes) }
    for (const phc of [undefined, 'no hash'])
      expect(await verifyPassword(phc, 'some passphrase', zeros)).toEqual({ ok: false, rehash: false })
  })

  test('the one that these are made of is a hash', async () => {
    expect(await verifyPassword(good, 'some passphrase', real)).toEqual({ ok: true, rehash: true })
  })
})

describe('SEC-2 all of a password counts', () => {
  const hash = (password: string) => hashPassword(password, cheapForTests, chance('four'))
  const opens = async (phc: string, password: string) => (await verifyPassword(phc, password, cheapForTests)).ok

  test('also beyond 72 bytes, where bcrypt stops', async () => {
    const [long, longer] = ['x'.repeat(72), `${'x'.repeat(72)}y`]
    expect(await opens(await hash(longer), longer)).toBe(true)
    expect(await opens(await hash(longer), long)).toBe(false)
    expect(await opens(await hash(long), longer)).toBe(false)
    expect(await opens(await hash(longer), `${'x'.repeat(72)}z`)).toBe(false)
  })

  test('also the last of 256 bytes, and a NUL with what follows it', async () => {
    const longest = `${'é'.repeat(127)}ab`
    expect(Buffer.byteLength(longest)).toBe(256)
    expect(await opens(await hash(longest), longest)).toBe(true)
    expect(await opens(await hash(longest), `${'é'.repeat(127)}ac`)).toBe(false)
    expect(await opens(await hash('before\0after and more'), 'before\0after and less')).toBe(false)
  })

  test('spaces at its ends, and its case', async () => {
    for (const close of [' with spaces ', 'with spaces ', ' with spaces', 'With spaces'])
      expect(await opens(await hash('with spaces'), close)).toBe(false)
  })

  test('257 bytes are refused and never cut, and open nothing', async () => {
    const tooLong = 'x'.repeat(257)
    await expect(hash(tooLong)).rejects.toMatchObject({ code: 'invalid' })
    for (const other of ['x'.repeat(256), '']) expect(await opens(await hash(other), tooLong)).toBe(false)
  })

  test.each([
    ['composed and decomposed', 'caf\u00e9 au lait, s\u2019il', 'cafe\u0301 au lait, s\u2019il'],
    ['full width', '\uff50\uff41\uff53\uff53 phrase of mine', 'pass phrase of mine'],
    ['a ligature', 'o\ufb03ce furniture', 'office furniture'],
    ['no-break space', 'two\u00a0words here', 'two words here'],
    [
      'Hangul syllables and letters',
      '\ud55c\uad6d\uc5b4 \ubb38\uc7a5',
      '\u1112\u1161\u11ab\u1100\u116e\u11a8\u110b\u1165 \u1106\u116e\u11ab\u110c\u1161\u11bc',
    ],
  ])('%s are the same password on every keyboard', async (_, one, other) => {
    expect(one).not.toBe(other)
    expect(await opens(await hash(one), other)).toBe(true)
    expect(await opens(await hash(other), one)).toBe(true)
  })

  test('half of a character is no text: two such passwords would be one in UTF-8', async () => {
    await expect(hash(`broken \ud83d passphrase`)).rejects.toMatchObject({ code: 'invalid' })
    expect(await opens(await hash('broken \ufffd passphrase'), 'broken \ud83d passphrase')).toBe(false)
  })
})

/** Another character of base64 with the same leading bits. */
function other(character = ''): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
  return alphabet[alphabet.indexOf(character) ^ 1] ?? ''
}
