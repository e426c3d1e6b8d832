import { randomFillSync } from 'node:crypto'
import { encodeBytes, encodeTime } from '../core/task-id.ts'
import type { Entropy } from '../ports/clock.ts'

const POOL_BYTES = 4_096
const RANDOM_LENGTH = 16

/** Chance from the system's generator, fetched in portions. */
export function createEntropy(now: () => number): Entropy {
  const pool = new Uint8Array(POOL_BYTES)
  let used = POOL_BYTES
  let time = 0
  let prefix = ''

  function characters(): string {
    if (used + RANDOM_LENGTH > POOL_BYTES) {
      randomFillSync(pool)
      used = 0
    }
    const text = encodeBytes(pool, used, RANDOM_LENGTH)
    used += RANDOM_LENGTH
    return text
  }

  return {
    id() {
      const ms = now()
      if (ms !== time) {
        time = ms
        prefix = encodeTime(ms)
      }
      return prefix + characters()
    },
    token: characters,
    random: Math.random,
  }
}
