import { createHash, createPrivateKey, createPublicKey, createSecretKey, hkdfSync, type KeyObject } from 'node:crypto'

/** Signs access tokens. A `KeyObject` shows no bytes of itself in logs or JSON (SEC-11). */
export interface SigningKey {
  readonly kid: string
  /** The public half, 32 bytes in base64url, as in a JWK. */
  readonly x: string
  readonly privateKey: KeyObject
}

/** All keys that one master secret stands for; rotating it rotates them together. */
export interface DerivedKeys {
  readonly signing: SigningKey
  readonly refresh: KeyObject
  readonly device: KeyObject
}

const KEY_BYTES = 32
const KID_LENGTH = 22
/** What precedes the 32 bytes of an Ed25519 private key in PKCS#8 (RFC 8410, 10.3). */
const PKCS8_ED25519 = Buffer.from('302e020100300506032b657004220420', 'hex')

/**
 * Each key by HKDF-SHA256 under a name of its own, so that none tells anything about the others.
 * @param master random, at least 32 bytes
 * @throws TypeError for a shorter one
 */
export function deriveKeys(master: Uint8Array): DerivedKeys {
  if (master.length < KEY_BYTES) throw new TypeError(`the master key has less than ${KEY_BYTES} bytes`)
  const derive = (name: string) => Buffer.from(hkdfSync('sha256', master, '', `pulse ${name} 1`, KEY_BYTES))
  return {
    signing: signingKey(derive('access token signature')),
    refresh: createSecretKey(derive('refresh token')),
    device: createSecretKey(derive('known device')),
  }
}

function signingKey(seed: Buffer): SigningKey {
  const privateKey = createPrivateKey({ key: Buffer.concat([PKCS8_ED25519, seed]), format: 'der', type: 'pkcs8' })
  const { x } = createPublicKey(privateKey).export({ format: 'jwk' })
  if (x === undefined) throw new TypeError('an Ed25519 key has a public half')
  return { kid: keyId(x), x, privateKey }
}

/** Says which key it is, and changes with it. */
function keyId(x: string): string {
  return createHash('sha256').update(Buffer.from(x, 'base64url')).digest('base64url').slice(0, KID_LENGTH)
}
