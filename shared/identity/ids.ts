import { encodeBytes } from '../core/task-id.ts'

/** Unguessable bytes, from the system's generator. */
export type RandomBytes = (size: number) => Uint8Array

/** One character of Crockford's base 32, as a part of a pattern. */
export const CHARACTER = '[0-9A-HJKMNP-TV-Z]'
/** Characters of an id that belongs to a user: first those of the user, then its own. */
export const USER_LENGTH = 26
export const OWN_LENGTH = 10
export const OWNED_LENGTH = USER_LENGTH + OWN_LENGTH

const USER_ID = new RegExp(`^user_${CHARACTER}{${USER_LENGTH}}$`)
const SESSION_ID = new RegExp(`^ses_${CHARACTER}{${OWNED_LENGTH}}$`)
const KEY_ID = new RegExp(`^key_${CHARACTER}{${OWNED_LENGTH}}$`)

export function isUserId(text: string): boolean {
  return USER_ID.test(text)
}

export function isSessionId(text: string): boolean {
  return SESSION_ID.test(text)
}

/**
 * The 36 characters of an id that begin with its user's own part: the row is found, and refused to others, by the id alone.
 * @throws TypeError when `user` is no user's id, or there is too little chance
 */
export function ownedBy(user: string, random: Uint8Array): string {
  if (!isUserId(user)) throw new TypeError('what is owned by a user needs the id of one')
  if (random.length < OWN_LENGTH) throw new TypeError(`an id needs ${OWN_LENGTH} random bytes`)
  return user.slice('user_'.length) + encodeBytes(random, 0, OWN_LENGTH)
}

/** Whose it is: the user's id in the 36 characters of a session's or a key's. */
export function ownerOf(owned: string): string {
  return `user_${owned.slice(0, USER_LENGTH)}`
}

export function userOfSession(session: string): string {
  return ownerOf(session.slice('ses_'.length))
}

/** Whose API key it is; undefined for what is no id of one. */
export function userOfKey(key: string): string | undefined {
  return KEY_ID.test(key) ? ownerOf(key.slice('key_'.length)) : undefined
}
