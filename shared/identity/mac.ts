import { createHmac, KeyObject, timingSafeEqual } from 'node:crypto'

/** At least 32 bytes. A `KeyObject` shows its kind and size where bytes would show themselves. */
export type MacKey = KeyObject | Uint8Array

const KEY_BYTES = 32

/**
 * HMAC-SHA256 as 43 characters of base64url.
 * @throws TypeError for a key of less than 32 bytes
 */
export function macOf(key: MacKey, text: string): string {
  const size = key instanceof KeyObject ? key.symmetricKeySize : key.length
  if (size === undefined || size < KEY_BYTES)
    throw new TypeError(`a key of HMAC-SHA256 has at least ${KEY_BYTES} bytes`)
  return createHmac('sha256', key).update(text).digest('base64url')
}

/** Compares without telling by its time where two texts differ; their lengths are known to everybody. */
export function sameText(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)]
  return left.length === right.length && timingSafeEqual(left, right)
}
