import { createPublicKey, type KeyObject } from 'node:crypto'
import { errors, type JWTVerifyOptions, jwtVerify, SignJWT } from 'jose'
import { isUserId, userOfSession } from './ids.ts'
import type { SigningKey } from './keys.ts'
import { type AccessClaims, REQUIRED_CLAIMS, readClaims } from './read-claims.ts'
import { readToken, TOKEN_ALGORITHM, TOKEN_TYPE } from './read-token.ts'
import { unauthorized } from './unauthorized.ts'

export type { AccessClaims } from './read-claims.ts'

export interface VerificationKey {
  readonly kid: string
  /** The public Ed25519 key, 32 bytes in base64url. */
  readonly x: string
  /** The last instant at which its tokens are taken, in ms. */
  readonly notAfter?: number
}

/** Our own keys: what a token says about keys is never followed. */
export interface VerificationKeys {
  find(kid: string): Promise<VerificationKey | undefined>
}

export interface TokenRules {
  readonly issuer: string
  readonly audience: string
  /** How long a token lives, in whole seconds; and the longest that one is believed. */
  readonly lifetimeMs: number
}

export interface TokenSigner {
  sign(claims: Omit<AccessClaims, 'expiresAt'>, now: number): Promise<string>
}

export interface TokenVerifier {
  /**
   * @throws PulseError `unauthorized`, in the same words whatever is wrong (SEC-8)
   * @throws whatever the lookup of keys throws: that it has failed says nothing about the token
   */
  verify(text: string, now: number): Promise<AccessClaims>
}

/** Clocks of two machines may differ by so much; it lengthens no token. */
const SKEW_SECONDS = 5
/** Keys in use at a time are two or three. */
const IMPORTED_KEYS = 16

export function createTokenSigner({ key, ...rules }: TokenRules & { readonly key: SigningKey }): TokenSigner {
  const seconds = lifetimeOf(rules)
  return {
    async sign({ user, session, sessionVersion }, now) {
      if (!isUserId(user) || userOfSession(session) !== user) throw new TypeError('a token is for a user’s own session')
      const iat = Math.floor(now / 1_000)
      const { issuer: iss, audience: aud } = rules
      const payload = { iss, aud, sub: user, sid: session, ver: sessionVersion, iat, exp: iat + seconds }
      return new SignJWT(payload)
        .setProtectedHeader({ alg: TOKEN_ALGORITHM, typ: TOKEN_TYPE, kid: key.kid })
        .sign(key.privateKey)
    },
  }
}

export function createTokenVerifier({
  keys,
  ...rules
}: TokenRules & { readonly keys: VerificationKeys }): TokenVerifier {
  const seconds = lifetimeOf(rules)
  const options = verifyOptions(rules)
  const imported = new Map<string, { readonly x: string; readonly key: KeyObject }>()

  /** Parsing a key takes longer than looking one up, and a key's id may be used again for another one. */
  function importKey({ kid, x }: VerificationKey): KeyObject {
    const known = imported.get(kid)
    if (known?.x === x) return known.key
    const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' })
    const [oldest] = imported.keys()
    if (imported.size >= IMPORTED_KEYS && oldest !== undefined) imported.delete(oldest)
    imported.set(kid, { x, key })
    return key
  }

  return {
    async verify(text, now) {
      const token = readToken(text)
      const claims = token && readClaims(token.payload, seconds, now)
      if (!token || !claims) throw unauthorized()
      const key = await keys.find(token.kid)
      if (key?.kid !== token.kid || (key.notAfter !== undefined && now > key.notAfter)) throw unauthorized()
      try {
        await jwtVerify(text, importKey(key), { ...options, currentDate: new Date(now) })
      } catch (error) {
        throw error instanceof errors.JOSEError ? unauthorized() : error
      }
      return claims
    },
  }
}

/** All that is left to the library, which checks the claims once more. */
export function verifyOptions({ issuer, audience, lifetimeMs }: TokenRules): Readonly<JWTVerifyOptions> {
  return Object.freeze({
    algorithms: Object.freeze([TOKEN_ALGORITHM]) as string[],
    typ: TOKEN_TYPE,
    issuer,
    audience,
    requiredClaims: Object.freeze([...REQUIRED_CLAIMS]) as string[],
    maxTokenAge: lifetimeMs / 1_000,
    clockTolerance: SKEW_SECONDS,
  })
}

/** @throws TypeError for rules that would let everything through */
function lifetimeOf({ issuer, audience, lifetimeMs }: TokenRules): number {
  if (issuer === '' || audience === '') throw new TypeError('tokens have an issuer and an audience')
  const seconds = lifetimeMs / 1_000
  if (!Number.isInteger(seconds) || seconds < 1) throw new TypeError('the lifetime of tokens is in whole seconds')
  return seconds
}
