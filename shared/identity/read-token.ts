import { decodeBase64url } from './base64url.ts'

/** Longest access token, in characters, which are bytes. Ours have about 450. */
export const TOKEN_BYTES = 4_096
/** Fully specified, unlike `EdDSA`: the name alone says which curve (RFC 9864). */
export const TOKEN_ALGORITHM = 'Ed25519'
/** RFC 9068, 2.1: no other kind of JWT is taken for an access token. */
export const TOKEN_TYPE = 'at+jwt'

const PARTS = /^([\w-]+)\.([\w-]+)\.([\w-]+)$/
const KID = /^[\w-]{16,64}$/
const HEADER_KEYS = 'alg,kid,typ'
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** What can be said of a token before its signature is looked at. */
export interface UnverifiedToken {
  readonly kid: string
  readonly payload: Readonly<Record<string, unknown>>
}

/**
 * The token's key and payload, if it is written as ours are; undefined for everything else. We are the only issuer, so there is no need to
 * understand what we do not write: another spelling of base64url or JSON, a header with more keys in it (`jku`, `jwk`, `x5u`, `crit`,
 * `b64`; RFC 8725, 2.8 and 3.10), a key that is given twice.
 */
export function readToken(text: string): UnverifiedToken | undefined {
  const match = text.length > TOKEN_BYTES ? null : PARTS.exec(text)
  if (!match) return undefined
  const [header, payload] = [readPart(match[1]), readPart(match[2])]
  if (!header || !payload || !decodeBase64url(match[3] ?? '')) return undefined
  const { alg, typ, kid } = header
  const known = alg === TOKEN_ALGORITHM && typ === TOKEN_TYPE && Object.keys(header).sort().join() === HEADER_KEYS
  return known && typeof kid === 'string' && KID.test(kid) ? { kid, payload } : undefined
}

function readPart(part = ''): Readonly<Record<string, unknown>> | undefined {
  const bytes = decodeBase64url(part)
  if (!bytes) return undefined
  try {
    const text = utf8.decode(bytes)
    const value: unknown = JSON.parse(text)
    // Keys given twice, numbers that overflow, spaces and escapes are lost on the way through and back.
    const canonical = JSON.stringify(value) === text
    return canonical && typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined
  } catch {
    return undefined
  }
}
