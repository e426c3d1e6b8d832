/** Makes keys, each one later in order than the one before. */
export type KeySource = () => string

const COUNTER_LIMIT = 0x1000

/**
 * UUIDs of version 7 (RFC 9562 §5.7, counter by §6.2 method 1): the time comes first, so that the ids which a server
 * derives from them lie side by side in its store, as tasks that were made one after another should.
 * @param now milliseconds since the epoch; a clock that goes back does not break the order
 */
export function createKeySource(now: () => number, fillRandom: (bytes: Uint8Array<ArrayBuffer>) => void): KeySource {
  const random = new Uint8Array(10)
  let lastMs = 0
  let counter = 0
  return () => {
    fillRandom(random)
    const ms = now()
    if (ms > lastMs) {
      lastMs = ms
      // Half of its range stays free to count in.
      counter = ((at(random, 0) << 8) | at(random, 1)) & (COUNTER_LIMIT / 2 - 1)
    } else if (++counter === COUNTER_LIMIT) {
      lastMs++
      counter = 0
    }
    const time = lastMs.toString(16).padStart(12, '0')
    const count = counter.toString(16).padStart(3, '0')
    const variant = ((at(random, 2) & 0x3f) | 0x80).toString(16)
    const rest = [...random.subarray(3)].map(byte => byte.toString(16).padStart(2, '0')).join('')
    return `${time.slice(0, 8)}-${time.slice(8)}-7${count}-${variant}${rest.slice(0, 2)}-${rest.slice(2)}`
  }
}

/**
 * From the clock and the generator of the platform; works on pages without TLS too, where `crypto.randomUUID` does
 * not.
 */
export const newIdempotencyKey: KeySource = createKeySource(Date.now, bytes => crypto.getRandomValues(bytes))

function at(bytes: Uint8Array, index: number): number {
  return bytes[index] ?? 0
}
