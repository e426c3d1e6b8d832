import passwords from '@zxcvbn-ts/language-common/dist/passwords.json.mjs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { COMMON_PASSWORDS, checkPassword, SHORTEST_PASSWORD } from '../../shared/identity/password-rules.ts'

const email = 'grace.hopper@navy.example'
const check = (password: string) => checkPassword(password, email)

describe('SEC-2 length', () => {
  test.each([
    ['eleven letters', 'qzjwkvpxhyt', /at least 12 .* 15 or more/],
    ['eleven characters of four bytes', '🦜🦚🦩🦢🦉🦤🐦🐧🐔🐓🦅', /at least 12/],
    ['twelve that come together to eleven', 'qzjwkvpxhyo\u0308', /at least 12/],
    ['one that comes apart to eighteen', '\ufdfa', /at least 12/],
    ['nothing', '', /at least 12/],
  ])('%s are too short', (_, password, detail) => {
    expect(check(password)).toMatch(detail)
  })

  test.each([
    ['twelve letters', 'qzjwkvpxhytm'],
    ['twelve characters of four bytes', '🦜🦚🦩🦢🦉🦤🐦🐧🐔🐓🦅🦆'],
    ['72 bytes', `${'quiet river '.repeat(3)}${'slow green boat here'.repeat(2).slice(0, 36)}`],
    ['256 bytes', `${'the quick brown fox; '.repeat(12)}over`],
    ['256 bytes of two-byte characters', twoByte(128)],
  ])('%s may be taken', (_, password) => {
    expect(check(password)).toBeUndefined()
  })

  test.each([
    ['257 bytes', `${'the quick brown fox; '.repeat(12)}overs`],
    ['258 bytes of two-byte characters', twoByte(129)],
    ['what takes more than 256 bytes when it is normalised', `a long enough start ${'\ufdfa'.repeat(8)}`],
    ['300 bytes that become 100 when they are normalised', '\uff41\uff44'.repeat(50)],
    ['half of a character', 'purple monkey \udc00 dishwasher'],
  ])('%s is refused', (_, password) => {
    expect(check(password)).toMatch(/at most 256 bytes/)
  })

  test('a long one is never cut: what stands behind 72 bytes can make the difference', () => {
    const start = 'a'.repeat(72)
    expect(check(start)).toMatch(/common/)
    expect(check(`${start} and something else`)).toBeUndefined()
  })
})

describe('SEC-2 there are no rules about kinds of characters', () => {
  test.each([
    'correct horse battery staple',
    'only lower case letters',
    '83920174650192',
    'ÑÓTÁBÉÑÉ ÇOSÎTAS',
    '漢字かな交じり文で書いた句',
    '~~//..--==++||\\\\^^',
  ])('%s', password => {
    expect(check(password)).toBeUndefined()
  })

  test('whatever is random enough is taken', () => {
    const characters = fc.string({ unit: fc.constantFrom(...'bcdfghjklmnpqrstvwxz'), minLength: 20, maxLength: 80 })
    fc.assert(fc.property(characters, text => check(text) === undefined || new Set(text).size < 5))
  })
})

describe('SEC-2 common passwords', () => {
  const padded = (text: string) => [
    text.padEnd(SHORTEST_PASSWORD, '!'),
    text.padStart(SHORTEST_PASSWORD, '.'),
    text.repeat(Math.ceil(SHORTEST_PASSWORD / text.length)),
    `${text.toUpperCase()}${'#'.repeat(SHORTEST_PASSWORD)}`,
  ]

  test('more than 3,000 are known, and each is refused in every form that is long enough', () => {
    expect(COMMON_PASSWORDS).toBeGreaterThanOrEqual(3_000)
    expect(new Set(passwords).size).toBe(COMMON_PASSWORDS)
    const taken = passwords.flatMap(padded).filter(each => check(each) === undefined)
    expect(taken).toEqual([])
  })

  test('those that are long enough as they are', () => {
    const long = passwords.filter(({ length }) => length >= SHORTEST_PASSWORD)
    expect(long.length).toBeGreaterThan(250)
    expect(long.filter(each => check(each) === undefined)).toEqual([])
  })

  test.each([
    'password1234',
    'PassWord1234',
    '1234password',
    '!!2024dragon2025!!',
    'iloveyou 2024!',
    'passwordpass',
    '..letmeinletmein..',
    'qwerty!qwerty!',
    '123456789012',
    '111111111111',
    'abababababababab',
    'ｐａｓｓｗｏｒｄ２０２４',
    'monkeymonkeymonkey99',
    'trustno1!!!!!!',
    '(((((princess)))))',
  ])('%s', password => {
    expect(check(password)).toMatch(/common password/)
  })

  test.each([
    'password for the boat house',
    'seven dragons in a teapot',
    'my monkey ate the baseball',
    'dragonfly lanterns',
    '1234 ways to leave a lover',
  ])('but what has more in it than one of them may be taken: %s', password => {
    expect(check(password)).toBeUndefined()
  })
})

describe('SEC-2 the e-mail address is known to whoever guesses', () => {
  test.each([
    'grace.hopper@navy.example',
    'Grace.Hopper@Navy.Example',
    'grace.hopper1906',
    '1906-grace.hopper-1992'.slice(0, 18),
    'grace.hoppergrace.hopper',
    'navy.example!!',
    '!!grace.hopper@navy.example!!',
  ])('%s is hardly more than it', password => {
    expect(check(password)).toMatch(/e-mail address/)
  })

  test('a common password that is padded with it is a common one', () => {
    expect(check('grace.hopperpassword')).toMatch(/common password/)
    expect(check('dragon2024grace.hopper')).toMatch(/common password/)
  })

  test('with eight other characters it may be taken, and without it the same password is another matter', () => {
    expect(check('grace.hopper wj4 kq7z')).toBeUndefined()
    expect(check('grace.hopper wj4 kq')).toMatch(/e-mail address/)
    expect(checkPassword('grace.hopper wj4 kq', 'ada@analytical.example')).toBeUndefined()
  })

  test('the tag of an address and its mailbox count as well', () => {
    const tagged = 'kgjohnsonx+pulse@nasa.example'
    expect(checkPassword('kgjohnsonx+pulse', tagged)).toMatch(/e-mail address/)
    expect(checkPassword('kgjohnsonx1918', tagged)).toMatch(/e-mail address/)
  })

  test('two letters that an address happens to have do not', () => {
    expect(checkPassword('quiet banana lake', 'an@na.io')).toBeUndefined()
  })

  test('whatever the address is, an answer comes, and what is refused without it is refused with it', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string(), (password, address) => {
        if (checkPassword(password, '') !== undefined) expect(checkPassword(password, address)).toBeDefined()
      }),
    )
  })
})

/** So many characters of two bytes each, without a pattern. */
function twoByte(count: number): string {
  return Array.from({ length: count }, (_, index) =>
    String.fromCodePoint(0x410 + ((index * index + index * 3) % 61)),
  ).join('')
}
