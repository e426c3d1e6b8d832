// The default import, because a Node before 24.7 has no `argon2` to import by name.
import crypto from 'node:crypto'
import { PulseError } from '../core/errors.ts'
import type { RandomBytes } from './ids.ts'
import { normalPassword, PASSWORD_BYTES } from './password-text.ts'
import { type Argon2Cost, formatPhc, type HashCost, parsePhc, type ScryptCost, sameCost } from './phc.ts'

/** Turns a password into a tag; the cost comes with each call, because stored hashes keep theirs. */
export type Argon2id = (
  message: Uint8Array,
  salt: Uint8Array,
  cost: Argon2Cost,
  tagBytes: number,
) => Promise<Uint8Array>

/** How new passwords are hashed; made by the composition root, and of no setting. */
export interface HashParameters {
  /** At least `OWASP_FLOOR`. */
  readonly cost: Argon2Cost
  /** Absent where Node has none: then scrypt takes its place. */
  readonly argon2id: Argon2id | undefined
}

/** The least that OWASP's Password Storage Cheat Sheet takes: each trades memory for passes. */
const OWASP_FLOOR: readonly Pick<Argon2Cost, 'memoryKib' | 'passes'>[] = [
  { memoryKib: 47_104, passes: 1 },
  { memoryKib: 19_456, passes: 2 },
  { memoryKib: 12_288, passes: 3 },
  { memoryKib: 9_216, passes: 4 },
  { memoryKib: 7_168, passes: 5 },
]
/** 19 MiB and two passes: about 35 ms on one core. */
export const ARGON2_COST: Argon2Cost = { algorithm: 'argon2id', memoryKib: 19_456, passes: 2, lanes: 1 }
/** OWASP's row for 16 MiB: about 0.3 s on one core. */
export const SCRYPT_COST: ScryptCost = { algorithm: 'scrypt', logN: 14, blockSize: 8, lanes: 5 }
const SALT_BYTES = 16
const TAG_BYTES = 32

/** The one of Node, which works on another thread; undefined before Node 24.7. */
export function nodeArgon2id(): Argon2id | undefined {
  if (typeof crypto.argon2 !== 'function') return undefined
  return (message, nonce, { memoryKib: memory, passes, lanes: parallelism }, tagLength) =>
    new Promise((resolve, reject) => {
      crypto.argon2('argon2id', { message, nonce, memory, passes, parallelism, tagLength }, (error, tag) =>
        error ? reject(error) : resolve(tag),
      )
    })
}

/**
 * @returns a PHC string with the cost and the salt in it
 * @throws PulseError `invalid` for a password that is too long to be one
 * @throws TypeError for parameters below the floor (SEC-1)
 */
export async function hashPassword(
  password: string,
  parameters: HashParameters,
  randomBytes: RandomBytes,
): Promise<string> {
  const cost = costOf(parameters)
  const text = normalPassword(password)
  if (text === undefined) throw new PulseError('invalid', `a password is text of at most ${PASSWORD_BYTES} bytes`)
  const salt = randomBytes(SALT_BYTES)
  if (salt.length !== SALT_BYTES) throw new TypeError(`a salt has ${SALT_BYTES} bytes`)
  return formatPhc({ cost, salt, tag: await derive(text, salt, cost, TAG_BYTES, parameters) })
}

export interface PasswordVerdict {
  readonly ok: boolean
  /** The password is right, but a hash made today would differ in its cost: make it anew while the password is at hand. */
  readonly rehash: boolean
}

/**
 * @param phc undefined, or what is no hash that can be checked here, costs the same as a wrong password and is one: whether a user
 *   exists is not to be told by time (SEC-4)
 */
export async function verifyPassword(
  phc: string | undefined,
  password: string,
  parameters: HashParameters,
): Promise<PasswordVerdict> {
  const current = costOf(parameters)
  const text = normalPassword(password)
  const stored = phc === undefined ? undefined : parsePhc(phc)
  const checkable = stored && (stored.cost.algorithm !== 'argon2id' || parameters.argon2id !== undefined)
  const { cost, salt, tag } = checkable ? stored : { cost: current, salt: NO_SALT, tag: NO_TAG }
  const derived = await derive(text ?? '', salt, cost, tag.length, parameters)
  const ok = crypto.timingSafeEqual(derived, tag) && checkable !== undefined && checkable && text !== undefined
  return { ok, rehash: ok && !(sameCost(cost, current) && salt.length === SALT_BYTES && tag.length === TAG_BYTES) }
}

const NO_SALT = new Uint8Array(SALT_BYTES)
const NO_TAG = new Uint8Array(TAG_BYTES)

function costOf({ cost, argon2id }: HashParameters): HashCost {
  const enough = OWASP_FLOOR.some(({ memoryKib, passes }) => cost.memoryKib >= memoryKib && cost.passes >= passes)
  if (!enough || cost.lanes !== 1) {
    throw new TypeError('passwords are hashed with at least 19456 KiB and 2 passes, or as much by another row of OWASP')
  }
  return argon2id ? cost : SCRYPT_COST
}

async function derive(
  text: string,
  salt: Uint8Array,
  cost: HashCost,
  tagBytes: number,
  { argon2id }: HashParameters,
): Promise<Uint8Array> {
  const message = Buffer.from(text)
  if (cost.algorithm === 'scrypt') return scrypt(message, salt, cost, tagBytes)
  if (!argon2id) throw new TypeError('this Node has no argon2')
  return argon2id(message, salt, cost, tagBytes)
}

function scrypt(message: Uint8Array, salt: Uint8Array, cost: ScryptCost, tagBytes: number): Promise<Uint8Array> {
  const options = { N: 2 ** cost.logN, r: cost.blockSize, p: cost.lanes }
  // Node refuses what needs more than it is told; blocks of all lanes count as well.
  const maxmem = 256 * options.r * (options.N + options.p)
  return new Promise((resolve, reject) => {
    crypto.scrypt(message, salt, tagBytes, { ...options, maxmem }, (error, tag) =>
      error ? reject(error) : resolve(tag),
    )
  })
}
