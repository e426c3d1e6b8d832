import { PulseError } from '../core/errors.ts'
import type { Clock } from '../ports/clock.ts'

/** Lets only so many passwords be hashed at once: each takes a core for a while, and 19 MiB (SEC-3). */
export interface HashSlots {
  /**
   * Runs the work when its turn has come, first come, first served.
   * @throws PulseError `unavailable` when too many wait already, or it has waited for too long
   */
  run<T>(work: () => Promise<T>): Promise<T>
}

export interface HashSlotOptions {
  readonly clock: Clock
  readonly slots?: number
  /** How many may wait. */
  readonly queue?: number
  readonly waitMs?: number
}

const SLOTS = 2
/** With two slots and 35 ms for each hash, the last one waits for about a second. */
const QUEUE = 64
const WAIT_MS = 3_000

export function createHashSlots({ clock, slots = SLOTS, queue = QUEUE, waitMs = WAIT_MS }: HashSlotOptions): HashSlots {
  let busy = 0
  /** In the order of arrival, as sets are. */
  const waiting = new Set<() => void>()

  function enter(): Promise<void> | undefined {
    if (busy < slots) {
      busy++
      return undefined
    }
    if (waiting.size >= queue) throw refusal()
    return new Promise((resolve, reject) => {
      const start = () => {
        cancel()
        resolve()
      }
      const cancel = clock.after(waitMs, () => {
        waiting.delete(start)
        reject(refusal())
      })
      waiting.add(start)
    })
  }

  /** Hands the slot on, so that nobody who comes now gets ahead of those who wait. */
  function leave(): void {
    const [next] = waiting
    if (!next) {
      busy--
      return
    }
    waiting.delete(next)
    next()
  }

  return {
    async run(work) {
      await enter()
      try {
        return await work()
      } finally {
        leave()
      }
    },
  }
}

function refusal(): PulseError {
  return new PulseError('unavailable', 'too many passwords are being checked now: try again in a few seconds')
}
