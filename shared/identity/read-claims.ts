import { isSessionId, userOfSession } from './ids.ts'

export interface AccessClaims {
  readonly user: string
  readonly session: string
  /** Which version of the user's rights the token was made for; a later one ends it (SEC-10). */
  readonly sessionVersion: number
  /** When the token ends, in ms. */
  readonly expiresAt: number
}

/** Every token has these. */
export const REQUIRED_CLAIMS = ['iss', 'aud', 'sub', 'sid', 'ver', 'iat', 'exp'] as const

/**
 * The claims, if each is there and of its type, and the token's life has not ended and was never too long. The library, which would allow
 * lists of audiences, fractions of seconds, and some skew at the end, does the rest: issuer, audience, and what lies in the future.
 */
export function readClaims(
  { aud, sub, sid, ver, iat, exp }: Readonly<Record<string, unknown>>,
  lifetimeSeconds: number,
  now: number,
): AccessClaims | undefined {
  if (typeof aud !== 'string' || typeof sub !== 'string' || typeof sid !== 'string') return undefined
  if (!isSessionId(sid) || userOfSession(sid) !== sub) return undefined
  if (!isCount(ver) || !isCount(iat) || !isCount(exp)) return undefined
  if (exp - iat > lifetimeSeconds || exp * 1_000 <= now) return undefined
  return { user: sub, session: sid, sessionVersion: ver, expiresAt: exp * 1_000 }
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0
}
