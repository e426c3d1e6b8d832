import type { DatabaseSync } from 'node:sqlite'
import { intervalOf, take } from '../core/rate-limit.ts'
import type { Instant } from '../core/task.ts'
import type { LimitStore } from '../ports/limit-store.ts'

/**
 * Buckets of limits. One process owns the file, so a take is decided at once, in memory: asking a limit is on the way of every request
 * and must not cost an fsync. What was taken is written with the next group, so whatever a request has written has its take beside
 * it; a crash forgets what was taken for reads in the second before.
 */
export interface Limits extends LimitStore {
  /** Inside a transaction. */
  write(): void
  /** What was written is durable. */
  clear(): void
  /**
   * Whether something waits to be written.
   * @param now leaves out buckets that are full again: unless there are many, they may wait for whatever else is written
   */
  isWaiting(now?: Instant): boolean
}

/** Buckets that wait at most, once the next second has come. */
const WAITING_BUCKETS = 10_000

export function createLimitStore(db: DatabaseSync): Limits {
  const get = db.prepare('SELECT fullAt FROM bucket WHERE key = ?')
  const put = db.prepare(
    'INSERT INTO bucket (key, fullAt) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET fullAt = excluded.fullAt',
  )
  const waiting = new Map<string, Instant>()

  function read(key: string): Instant | undefined {
    const known = waiting.get(key)
    if (known !== undefined) return known
    const row = get.get(key)
    return row && Number(row.fullAt)
  }

  function keep(key: string, fullAt: Instant): void {
    // Refused here: in the group it would take the writes of everybody else with it, again and again.
    if (!Number.isSafeInteger(fullAt)) throw new TypeError('a limit counts whole numbers')
    waiting.set(key, fullAt)
  }

  return {
    async take(key, rule, cost, now) {
      const { fullAt, ...taken } = take(read(key), rule, cost, now)
      if (taken.allowed) keep(key, fullAt)
      return taken
    },
    async giveBack(key, rule, cost, now) {
      const fullAt = read(key)
      if (fullAt !== undefined && fullAt > now) keep(key, fullAt - cost * intervalOf(rule))
    },
    write() {
      for (const [key, fullAt] of waiting) put.run(key, fullAt)
    },
    clear: () => waiting.clear(),
    isWaiting(now) {
      if (now === undefined || waiting.size > WAITING_BUCKETS) return waiting.size > 0
      return waiting.values().some(fullAt => fullAt > now)
    },
  }
}
