import { createHash } from 'node:crypto'
import { sameText } from './mac.ts'

/**
 * What is stored in place of a token: SHA-256 as 43 characters of base64url. Our tokens hold 256 bits of chance, so that one pass is
 * enough: nobody can try them all (ASVS 6.5.2 asks for more below 112 bits).
 */
export function hashToken(text: string): string {
  return createHash('sha256').update(text).digest('base64url')
}

/** Whether a stored hash is that of a token; in constant time. */
export function matchesHash(text: string, hash: string): boolean {
  return sameText(hashToken(text), hash)
}
