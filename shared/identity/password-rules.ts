import { isCommonPassword } from './common-passwords.ts'
import { normalPassword, PASSWORD_BYTES } from './password-text.ts'

export { COMMON_PASSWORDS } from './common-passwords.ts'

/**
 * Fewest characters (code points). NIST SP 800-63B-4 asks for 15 where a password is all there is, and for 8 beside a second factor;
 * OWASP for 8 to 15. With tries slowed down and a list of common ones, 12 keep out what can be guessed; 15 are advised.
 */
export const SHORTEST_PASSWORD = 12
/** A password that holds the e-mail address must have so many characters beside it. */
const BESIDE_EMAIL = 8
/** Shorter parts of an address occur by accident. */
const SHORTEST_PART = 3

/**
 * What is wrong with a new password, as a detail for its field; undefined if it may be taken. There are no rules about kinds of
 * characters: they make passwords worse (NIST SP 800-63B, SEC-2).
 * @param email the user's own, which a guesser knows
 */
export function checkPassword(password: string, email: string): string | undefined {
  const normal = normalPassword(password)
  if (normal === undefined) return `must be text of at most ${PASSWORD_BYTES} bytes in UTF-8`
  // In both forms: some characters become many, and others come together.
  if (Math.min(characters(password), characters(normal)) < SHORTEST_PASSWORD) {
    return `must have at least ${SHORTEST_PASSWORD} characters; 15 or more are better, for example four words`
  }
  const text = normal.toLowerCase()
  if (isCommonPassword(text)) return COMMON
  const rest = withoutEmail(text, email)
  if (rest === text) return undefined
  if (characters(rest) < BESIDE_EMAIL) return 'is hardly more than the e-mail address: choose another one'
  return isCommonPassword(rest) ? COMMON : undefined
}

const COMMON = 'is a common password, or one with a little added, and would be guessed early: choose another one'

function withoutEmail(text: string, email: string): string {
  const address = email.normalize('NFKC').toLowerCase()
  const [local = '', domain = ''] = address.split('@')
  const [mailbox = ''] = local.split('+')
  return [address, local, mailbox, domain]
    .filter(part => part.length >= SHORTEST_PART)
    .reduce((rest, part) => rest.replaceAll(part, ''), text)
}

function characters(text: string): number {
  return [...text].length
}
