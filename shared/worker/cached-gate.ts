import { type Gate, gateOf, type Pause } from '../core/dispatch.ts'
import type { Instant } from '../core/task.ts'
import type { Clock } from '../ports/clock.ts'
import type { DispatchStore } from '../ports/dispatch-store.ts'
import { StoreUnavailable } from '../ports/store-unavailable.ts'

/** How old an answer of the switch may be. With the time that a claim may take this keeps the promise of 5 s (P10). */
const MAX_AGE_MS = 2_000

/** What was stored at some moment after `since`. */
interface Known {
  readonly since: Instant
  readonly pauses: readonly Pause[]
}

/**
 * The dispatch switch as one of many workers knows it: read again when it is older than `maxAgeMs`. Age counts from before the read,
 * because nobody knows when in it the switch was looked at (H65).
 * @returns what may not start now; rejects with StoreUnavailable when the switch cannot be read: an older answer never does
 */
export function createCachedGate(
  dispatch: DispatchStore,
  clock: Clock,
  maxAgeMs: number = MAX_AGE_MS,
): () => Promise<Gate> {
  let known: Known | undefined
  let reading: Promise<Known> | undefined

  async function read(): Promise<Known> {
    const since = clock.now()
    known = { since, pauses: await dispatch.read() }
    return known
  }

  function isFresh({ since }: Known): boolean {
    const age = clock.now() - since
    // A clock that was set back would make an answer look young for as long as it was set back.
    return age >= 0 && age <= maxAgeMs
  }

  return async () => {
    if (!known || !isFresh(known))
      reading ??= read().finally(() => {
        reading = undefined
      })
    const latest = await (reading ?? known)
    if (!latest || !isFresh(latest)) throw new StoreUnavailable('the dispatch switch took too long to read')
    return gateOf(latest.pauses, clock.now())
  }
}
