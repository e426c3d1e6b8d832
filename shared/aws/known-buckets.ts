import type { Instant } from '../core/task.ts'

/** What this process has last seen of buckets. Those seen longest ago go first. */
export interface KnownBuckets {
  fullAt(key: string): Instant | undefined
  /** The same, when it was seen so lately that it may be refused by. */
  lately(key: string, now: Instant): Instant | undefined
  /** @param fullAt absent when there is no bucket */
  saw(key: string, fullAt: Instant | undefined, now: Instant): void
}

const KEPT_BUCKETS = 10_000
/**
 * How long a bucket that was empty counts as empty without a question: a flood costs a write in this time, not one for each request.
 * Nobody but who gives something back makes a bucket fuller than it was seen, and that must not go unnoticed for longer.
 */
const LATELY_MS = 5_000

interface Seen {
  readonly fullAt: Instant
  readonly at: Instant
}

export function createKnownBuckets(): KnownBuckets {
  const buckets = new Map<string, Seen>()
  return {
    fullAt: key => buckets.get(key)?.fullAt,
    lately(key, now) {
      const seen = buckets.get(key)
      const age = seen ? now - seen.at : Number.POSITIVE_INFINITY
      // A clock that was set back would make it look young for as long as it was set back.
      return age >= 0 && age <= LATELY_MS ? seen?.fullAt : undefined
    },
    saw(key, fullAt, now) {
      // Anew, so that it stands at the end.
      buckets.delete(key)
      if (fullAt === undefined) return
      buckets.set(key, { fullAt, at: now })
      if (buckets.size <= KEPT_BUCKETS) return
      for (const oldest of buckets.keys()) {
        buckets.delete(oldest)
        break
      }
    },
  }
}
