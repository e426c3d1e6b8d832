import { createHash } from 'node:crypto'

/** Crockford's base 32: no letters that look like digits. */
export const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const TASK_ID = /^task_[0-9A-HJKMNP-TV-Z]{26}$/
const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i

export function isTaskId(text: string): boolean {
  return TASK_ID.test(text)
}

export function taskId(unique: string): string {
  return `task_${unique}`
}

/** Ten characters that sort as the time does. */
export function encodeTime(ms: number): string {
  let text = ''
  for (let rest = ms, index = 0; index < 10; index++) {
    text = ALPHABET[rest % 32] + text
    rest = Math.floor(rest / 32)
  }
  return text
}

/** The time that `encodeTime` wrote. */
export function decodeTime(text: string): number {
  let ms = 0
  for (const character of text) ms = ms * 32 + ALPHABET.indexOf(character)
  return ms
}

/**
 * The id that an Idempotency-Key stands for: a repeat finds the row by it. A key that is a UUIDv7, as our client sends, lends its time
 * to the id, so that ids made one after another stand side by side in the store.
 */
export function derivedTaskId(owner: string, key: string): string {
  const hash = createHash('sha256').update(`${owner.length}:${owner}:${key}`).digest()
  const time = UUID_V7.test(key)
    ? encodeTime(Number.parseInt(key.slice(0, 8) + key.slice(9, 13), 16))
    : encodeBytes(hash, 16, 10)
  return taskId(time + encodeBytes(hash, 0, 16))
}

/**
 * The id of the task that an occurrence of a schedule makes: whoever makes it again finds the first one (P12, H70).
 * @param since when the schedule began to make this task by this rule, in milliseconds of Unix time, as is `scheduledFor`
 */
export function occurrenceTaskId(schedule: string, since: number, scheduledFor: number): string {
  const hash = createHash('sha256').update(`${schedule}:${since}:${scheduledFor}`).digest()
  return taskId(encodeTime(scheduledFor) + encodeBytes(hash, 0, 16))
}

/** `length` characters (an even number), five bits each of one byte. */
export function encodeBytes(bytes: Uint8Array, offset: number, length: number): string {
  let text = ''
  for (let index = offset; index < offset + length; index += 2) {
    text += PAIRS[((bytes[index] ?? 0) & 31) * 32 + ((bytes[index + 1] ?? 0) & 31)]
  }
  return text
}

/** All pairs of characters: half the steps for each id. */
const PAIRS = [...ALPHABET].flatMap(first => [...ALPHABET].map(second => first + second))

/** JSON with sorted keys, so that equal requests have equal texts. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(item => canonicalJson(item ?? null)).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null'
  const entries = Object.entries(value).filter(([, item]) => item !== undefined)
  entries.sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${canonicalJson(item)}`).join(',')}}`
}

export function requestFingerprint(request: unknown): string {
  return createHash('sha256').update(canonicalJson(request)).digest('base64url')
}
