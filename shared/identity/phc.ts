/** What a hash costs. `lanes` are computed one after the other or in parallel, as the machine likes. */
export type HashCost = Argon2Cost | ScryptCost

export interface Argon2Cost {
  readonly algorithm: 'argon2id'
  readonly memoryKib: number
  readonly passes: number
  readonly lanes: number
}

export interface ScryptCost {
  readonly algorithm: 'scrypt'
  /** N is two to the power of this. */
  readonly logN: number
  readonly blockSize: number
  readonly lanes: number
}

export interface StoredHash {
  readonly cost: HashCost
  readonly salt: Uint8Array
  readonly tag: Uint8Array
}

/** No row may ask for more than this, whoever wrote it. */
const MOST_KIB = 256 * 1_024
const MOST_PASSES = 32
const BASE64 = '([A-Za-z0-9+/]{11,86})'
const ARGON2 = new RegExp(`^\\$argon2id\\$v=19\\$m=([1-9]\\d{0,5}),t=([1-9]\\d?),p=([1-9])\\$${BASE64}\\$${BASE64}$`)
const SCRYPT = new RegExp(`^\\$scrypt\\$ln=([1-9]\\d?),r=([1-9]\\d?),p=([1-9]\\d?)\\$${BASE64}\\$${BASE64}$`)

/** https://github.com/P-H-C/phc-string-format: base64 without padding. */
export function formatPhc({ cost, salt, tag }: StoredHash): string {
  const parameters =
    cost.algorithm === 'argon2id'
      ? `argon2id$v=19$m=${cost.memoryKib},t=${cost.passes},p=${cost.lanes}`
      : `scrypt$ln=${cost.logN},r=${cost.blockSize},p=${cost.lanes}`
  return `$${parameters}$${encode(salt)}$${encode(tag)}`
}

/** @returns undefined for what is no hash of ours, or asks for more than any of ours did */
export function parsePhc(text: string): StoredHash | undefined {
  const match = ARGON2.exec(text) ?? SCRYPT.exec(text)
  if (!match) return undefined
  const [, first, second, third, salt, tag] = match
  const cost: HashCost = text.startsWith('$argon2id$')
    ? { algorithm: 'argon2id', memoryKib: Number(first), passes: Number(second), lanes: Number(third) }
    : { algorithm: 'scrypt', logN: Number(first), blockSize: Number(second), lanes: Number(third) }
  const [saltBytes, tagBytes] = [decode(salt ?? ''), decode(tag ?? '')]
  if (!isBearable(cost) || !saltBytes || !tagBytes || tagBytes.length < 16) return undefined
  return { cost, salt: saltBytes, tag: tagBytes }
}

export function sameCost(a: HashCost, b: HashCost): boolean {
  return formatPhc({ cost: a, salt: NONE, tag: NONE }) === formatPhc({ cost: b, salt: NONE, tag: NONE })
}

const NONE = new Uint8Array()

function isBearable(cost: HashCost): boolean {
  if (cost.algorithm === 'scrypt') return 2 ** cost.logN * cost.blockSize * cost.lanes * 128 <= MOST_KIB * 1_024
  // Argon2 itself needs eight blocks of memory for each lane.
  return cost.memoryKib >= 8 * cost.lanes && cost.memoryKib <= MOST_KIB && cost.passes <= MOST_PASSES
}

function encode(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64').replaceAll('=', '')
}

function decode(text: string): Uint8Array | undefined {
  const bytes = Buffer.from(text, 'base64')
  return encode(bytes) === text ? bytes : undefined
}
