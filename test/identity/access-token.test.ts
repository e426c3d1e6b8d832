import { verify as verifySignature } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { PulseError } from '../../shared/core/errors.ts'
import {
  createTokenSigner,
  createTokenVerifier,
  type VerificationKey,
  verifyOptions,
} from '../../shared/identity/access-token.ts'
import {
  foreignKey,
  forge,
  honestClaims,
  key,
  keySet,
  NOW,
  NOW_SECONDS,
  otherUser,
  publicKey,
  retiringKey,
  rules,
  secondKey,
  session,
  user,
} from './forge.ts'
import { forgeries } from './forged-tokens.ts'

const claims = { user, session, sessionVersion: 7 }
const signer = createTokenSigner({ ...rules, key })
const parse = (part = '') => Buffer.from(part, 'base64url').toString()

async function refusalOf(promise: Promise<unknown>): Promise<PulseError> {
  const error = await promise.then(
    value => new Error(`it was taken: ${JSON.stringify(value)}`),
    (reason: unknown) => reason,
  )
  if (!(error instanceof PulseError)) throw error
  return error
}

describe('SEC-7 what is signed', () => {
  test('a token whose every byte is known', async () => {
    const token = await signer.sign(claims, NOW + 987)
    const [header, payload, signature = ''] = token.split('.')
    expect(parse(header)).toBe(`{"alg":"Ed25519","typ":"at+jwt","kid":"${key.kid}"}`)
    expect(parse(payload)).toBe(
      `{"iss":"https://pulse.example/prod","aud":"pulse-api","sub":"${user}","sid":"${session}","ver":7,` +
        `"iat":${NOW_SECONDS},"exp":${NOW_SECONDS + 1_800}}`,
    )
    const signed = Buffer.from(`${header}.${payload}`)
    expect(verifySignature(null, signed, publicKey(key), Buffer.from(signature, 'base64url'))).toBe(true)
    expect(await signer.sign(claims, NOW + 12)).toBe(token)
  })

  test('comes back as what it was made of, with its end', async () => {
    const { verify } = createTokenVerifier({ ...rules, keys: keySet() })
    const token = await signer.sign(claims, NOW)
    expect(await verify(token, NOW + 1_799_999)).toEqual({ ...claims, expiresAt: NOW + 1_800_000 })
    expect((await refusalOf(verify(token, NOW + 1_800_000))).code).toBe('unauthorized')
  })

  test('whatever the user, the session, its version and the time are', async () => {
    const character = fc.constantFrom(...'0123456789ABCDEFGHJKMNPQRSTVWXYZ')
    const part = (length: number) => fc.string({ unit: character, minLength: length, maxLength: length })
    const { verify } = createTokenVerifier({ ...rules, keys: keySet() })
    await fc.assert(
      fc.asyncProperty(part(26), part(10), fc.nat(), fc.nat({ max: 4e12 }), async (who, own, sessionVersion, now) => {
        const given = { user: `user_${who}`, session: `ses_${who}${own}`, sessionVersion }
        const earlier = { ...rules, key: secondKey }
        const token = await createTokenSigner(earlier).sign(given, now)
        expect(await verify(token, now)).toMatchObject(given)
      }),
    )
  })

  test('nothing else can be signed', async () => {
    const wrong = [
      { ...claims, user: 'user_1' },
      { ...claims, user: otherUser },
      { ...claims, session: 'ses_1' },
    ]
    for (const each of wrong) await expect(signer.sign(each, NOW)).rejects.toThrow(TypeError)
  })

  test.each([
    { issuer: '' },
    { audience: '' },
    { lifetimeMs: 0 },
    { lifetimeMs: -1_000 },
    { lifetimeMs: 1_500 },
    { lifetimeMs: Number.POSITIVE_INFINITY },
    { lifetimeMs: Number.NaN },
  ])('rules that would let everything through are a mistake of the programmer: %o', wrong => {
    expect(() => createTokenSigner({ ...rules, ...wrong, key })).toThrow(TypeError)
    expect(() => createTokenVerifier({ ...rules, ...wrong, keys: keySet() })).toThrow(TypeError)
  })
})

describe('SEC-7 how it is verified', () => {
  test('the library is told all of it, and nobody can tell it otherwise', () => {
    const options = verifyOptions(rules)
    expect(options).toEqual({
      algorithms: ['Ed25519'],
      typ: 'at+jwt',
      issuer: 'https://pulse.example/prod',
      audience: 'pulse-api',
      requiredClaims: ['iss', 'aud', 'sub', 'sid', 'ver', 'iat', 'exp'],
      maxTokenAge: 1_800,
      clockTolerance: 5,
    })
    for (const each of [options, options.algorithms, options.requiredClaims]) expect(Object.isFrozen(each)).toBe(true)
  })

  test('a verifier keeps the rules that it was made with', async () => {
    const changing = { ...rules, keys: keySet() }
    const { verify } = createTokenVerifier(changing)
    Object.assign(changing, { issuer: 'https://evil.example', lifetimeMs: 9e15 })
    expect(await verify(forge(), NOW)).toMatchObject(claims)
    expect((await refusalOf(verify(forge({ claims: { iss: 'https://evil.example' } }), NOW))).code).toBe('unauthorized')
  })

  test('a token that was made by hand is taken like our own', async () => {
    const { verify } = createTokenVerifier({ ...rules, keys: keySet() })
    expect(await verify(forge(), NOW)).toEqual({ ...claims, expiresAt: honestClaims.exp * 1_000 })
  })

  test('keys that cannot be looked up say nothing about the token', async () => {
    const down = new PulseError('unavailable', 'the store does not answer')
    const { verify } = createTokenVerifier({ ...rules, keys: { find: () => Promise.reject(down) } })
    await expect(verify(forge(), NOW)).rejects.toBe(down)
  })

  test('a lookup that gives another key than was asked for gives none', async () => {
    const { verify } = createTokenVerifier({ ...rules, keys: { find: async () => key } })
    expect((await refusalOf(verify(forge({ header: { kid: foreignKey.kid } }), NOW))).code).toBe('unauthorized')
  })
})

describe('SEC-11 keys change', () => {
  test('tokens of the old key and of the new one are taken side by side, until the old one is retired', async () => {
    const { verify } = createTokenVerifier({ ...rules, keys: keySet() })
    for (const each of [key, secondKey, retiringKey])
      expect(await verify(forge({ key: each }), NOW)).toMatchObject(claims)
    const token = forge({ key: retiringKey })
    expect((await refusalOf(verify(token, NOW + 1))).code).toBe('unauthorized')
    expect(await verify(forge(), NOW + 1)).toMatchObject(claims)
  })

  test('a key that is taken away is gone at once, though it was used before', async () => {
    const known = new Map<string, VerificationKey>([[key.kid, key]])
    const { verify } = createTokenVerifier({ ...rules, keys: { find: async kid => known.get(kid) } })
    expect(await verify(forge(), NOW)).toMatchObject(claims)
    known.delete(key.kid)
    expect((await refusalOf(verify(forge(), NOW))).code).toBe('unauthorized')
  })

  test('so is one that another has replaced under its name', async () => {
    const known = new Map<string, VerificationKey>([[key.kid, key]])
    const { verify } = createTokenVerifier({ ...rules, keys: { find: async kid => known.get(kid) } })
    await verify(forge(), NOW)
    known.set(key.kid, { kid: key.kid, x: foreignKey.x })
    expect((await refusalOf(verify(forge(), NOW))).code).toBe('unauthorized')
    expect(await verify(forge({ key: foreignKey, header: { kid: key.kid } }), NOW)).toMatchObject(claims)
  })
})

describe('SEC-8 forged tokens', () => {
  const texts = forgeries.map(({ flawed }) => forge(flawed))

  test('there are many, and no two alike', () => {
    expect(new Set(texts).size).toBe(forgeries.length)
    expect(new Set(forgeries.map(({ name }) => name)).size).toBe(forgeries.length)
    expect(forgeries.length).toBeGreaterThanOrEqual(45)
  })

  test.each(forgeries)('SEC-8 $name is refused, and without it the token is good', async ({ flawed, sound = {} }) => {
    const keys = keySet()
    const { verify } = createTokenVerifier({ ...rules, keys })
    expect(await verify(forge(sound), NOW)).toMatchObject({ user, session })
    keys.asked.length = 0
    expect(forge(flawed)).not.toBe(forge(sound))
    const error = await refusalOf(verify(forge(flawed), NOW))
    expect(error).toMatchObject({ code: 'unauthorized', errors: [], extra: {} })
    expect(error.cause).toBeUndefined()
    expect(keys.asked.filter(kid => !/^[\w-]{16,64}$/.test(kid))).toEqual([])
  })

  test('what is wrong with a header is seen before its key is looked up', async () => {
    const keys = keySet()
    const { verify } = createTokenVerifier({ ...rules, keys })
    const ofHeaders = forgeries.filter(({ flawed: { header = {}, headerText } }) => headerText ?? !('kid' in header))
    const wrong = ofHeaders.filter(({ flawed }) => flawed.header ?? flawed.headerText)
    expect(wrong.length).toBeGreaterThan(40)
    for (const { flawed } of wrong) await refusalOf(verify(forge(flawed), NOW))
    expect(keys.asked).toEqual([])
  })

  test('all are refused in the same words', async () => {
    const { verify } = createTokenVerifier({ ...rules, keys: keySet() })
    const errors = await Promise.all(texts.map(text => refusalOf(verify(text, NOW))))
    expect(new Set(errors.map(({ message }) => message)).size).toBe(1)
  })

  test('with any one character changed a token is refused', async () => {
    const token = await signer.sign(claims, NOW)
    const { verify } = createTokenVerifier({ ...rules, keys: keySet() })
    const anyCharacter = fc.constantFrom(...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=+/ ')
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: token.length - 1 }), anyCharacter, async (place, character) => {
        fc.pre(token[place] !== character)
        const changed = token.slice(0, place) + character + token.slice(place + 1)
        expect((await refusalOf(verify(changed, NOW))).code).toBe('unauthorized')
      }),
      { numRuns: 500 },
    )
  })

  test('whatever else is sent is refused without a lookup of keys', async () => {
    const keys = keySet()
    const { verify } = createTokenVerifier({ ...rules, keys })
    const junk = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(fc.base64String(), { minLength: 3, maxLength: 3 }).map(parts => parts.join('.')),
      fc
        .tuple(fc.json(), fc.json())
        .map(parts => [...parts, 'x'].map(part => Buffer.from(part).toString('base64url')).join('.')),
    )
    await fc.assert(
      fc.asyncProperty(junk, async text => {
        expect((await refusalOf(verify(text, NOW))).code).toBe('unauthorized')
      }),
      { numRuns: 1_000 },
    )
    expect(keys.asked).toEqual([])
  })
})
