import { isUserId, type RandomBytes } from './ids.ts'
import { type MacKey, macOf, sameText } from './mac.ts'

const RANDOM_BYTES = 16
const DEVICE = /^([\w-]{22})\.([\w-]{43})$/

/**
 * What a browser keeps to be known as one from which this user has logged in: its tries are counted apart, so that nobody locks the
 * owner out from elsewhere (SEC-5). It opens nothing.
 * @throws TypeError when `user` is no user's id
 */
export function newDevice(key: MacKey, user: string, randomBytes: RandomBytes): string {
  if (!isUserId(user)) throw new TypeError('a known device belongs to a user')
  const random = randomBytes(RANDOM_BYTES)
  if (random.length !== RANDOM_BYTES) throw new TypeError(`a device needs ${RANDOM_BYTES} random bytes`)
  const name = Buffer.from(random).toString('base64url')
  return `${name}.${macOf(key, `${user}|${name}`)}`
}

/**
 * The device's name, by which its tries are counted, if the value was made for this user and no other.
 * @param keys in use and before: a browser keeps its value for longer than we keep a key
 * @param value as the browser sent it, if it did
 */
export function readDevice(keys: readonly MacKey[], user: string, value: string | undefined): string | undefined {
  const [, name, mac] = DEVICE.exec(value ?? '') ?? []
  if (name === undefined || mac === undefined) return undefined
  return keys.some(key => sameText(mac, macOf(key, `${user}|${name}`))) ? name : undefined
}
