/** Longest password, in bytes of UTF-8: far more than a passphrase, and little enough to hash. */
export const PASSWORD_BYTES = 256

/**
 * The one form in which a password is checked and hashed: NFKC, because the same keys give composed characters on one machine and
 * decomposed or compatible ones on the next (NIST SP 800-63B, 5.1.1.2, asks for NFKC or NFKD). Nothing is cut off or trimmed.
 * @returns undefined for what no password can be: too long in either form, or with half of a surrogate pair, which UTF-8 cannot write
 */
export function normalPassword(password: string): string | undefined {
  // Before the rest, so that its work is bounded; a UTF-16 unit takes at least one byte.
  if (password.length > PASSWORD_BYTES || !password.isWellFormed() || isTooLong(password)) return undefined
  const normal = password.normalize('NFKC')
  return isTooLong(normal) ? undefined : normal
}

function isTooLong(text: string): boolean {
  return Buffer.byteLength(text) > PASSWORD_BYTES
}
