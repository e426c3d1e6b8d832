import { crc32 } from 'node:zlib'
import { decodeBase62, encodeBase62 } from './base62.ts'
import { CHARACTER, OWN_LENGTH, OWNED_LENGTH, ownedBy, ownerOf, type RandomBytes } from './ids.ts'
import { Secret } from './secret.ts'
import { hashToken } from './token-hash.ts'

export { matchesHash } from './token-hash.ts'

export interface NewApiKey {
  readonly id: string
  /** Shown once. */
  readonly text: Secret
  /** What is stored of it. */
  readonly hash: string
}

export interface ApiKeyParts {
  readonly id: string
  readonly user: string
}

export const API_KEY_PREFIX = 'pk_live_'
const SECRET_BYTES = 32
const SECRET_LENGTH = 43
const CHECKSUM_LENGTH = 6
/** Published, so that scanners of public code find keys: `docs/secretlintrc.json` (SEC-15). */
export const API_KEY_PATTERN = `${API_KEY_PREFIX}${CHARACTER}{${OWNED_LENGTH}}_[0-9A-Za-z]{${SECRET_LENGTH}}_[0-9A-Za-z]{${CHECKSUM_LENGTH}}`
const API_KEY = new RegExp(`^${API_KEY_PATTERN}$`)
const LENGTH = API_KEY_PREFIX.length + OWNED_LENGTH + 1 + SECRET_LENGTH + 1 + CHECKSUM_LENGTH

/**
 * `pk_live_<user and key>_<256 bits>_<checksum>` (SEC-13). The checksum is the CRC-32 of what precedes its underscore.
 * @throws TypeError when `user` is no user's id
 */
export function makeApiKey(user: string, randomBytes: RandomBytes): NewApiKey {
  const random = randomBytes(OWN_LENGTH + SECRET_BYTES)
  if (random.length < OWN_LENGTH + SECRET_BYTES)
    throw new TypeError(`a key needs ${OWN_LENGTH + SECRET_BYTES} random bytes`)
  const owned = ownedBy(user, random)
  const secret = BigInt(`0x${Buffer.from(random).toString('hex', OWN_LENGTH, OWN_LENGTH + SECRET_BYTES)}`)
  const body = `${API_KEY_PREFIX}${owned}_${encodeBase62(secret, SECRET_LENGTH)}`
  const text = `${body}_${checksumOf(body)}`
  return { id: `key_${owned}`, text: new Secret(text), hash: hashToken(text) }
}

/** Which key a text claims to be; undefined for what no key of ours can be, so that junk and typing errors cost no read. */
export function parseApiKey(text: string): ApiKeyParts | undefined {
  if (text.length !== LENGTH || !text.startsWith(API_KEY_PREFIX)) return undefined
  const body = text.slice(0, -CHECKSUM_LENGTH - 1)
  if (text.slice(-CHECKSUM_LENGTH) !== checksumOf(body) || !API_KEY.test(text)) return undefined
  if (decodeBase62(body.slice(-SECRET_LENGTH)) >= 2n ** BigInt(SECRET_BYTES * 8)) return undefined
  const owned = text.slice(API_KEY_PREFIX.length, API_KEY_PREFIX.length + OWNED_LENGTH)
  return { id: `key_${owned}`, user: ownerOf(owned) }
}

function checksumOf(body: string): string {
  return encodeBase62(BigInt(crc32(body)), CHECKSUM_LENGTH)
}
