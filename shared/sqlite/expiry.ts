import type { DatabaseSync } from 'node:sqlite'
import type { Instant } from '../core/task.ts'
import type { GroupCommit } from './group-commit.ts'
import type { Limits } from './limit-store.ts'

/** Rows that one step looks at or removes; a step is one turn of the event loop. */
const STEP_ROWS = 1_000
/** A bucket that has been full for so long is removed; sooner would be a write for every visit. */
const FULL_MS = 60_000

/** Removes records whose time is over and buckets that are full, and writes what limits were asked for while nothing else was written. */
export interface Expiry {
  step(now: Instant): Promise<void>
}

export function createExpiry(db: DatabaseSync, group: GroupCommit, limits: Limits): Expiry {
  const anyRecord = db.prepare('SELECT 1 FROM record WHERE expiresAt <= ? LIMIT 1')
  const removeRecords = db.prepare(
    'DELETE FROM record WHERE (partition, sort) IN (SELECT partition, sort FROM record WHERE expiresAt <= ? LIMIT ?)',
  )
  // In the order of the keys: an index on time would be written with every take.
  const nextBuckets = db.prepare('SELECT key, fullAt FROM bucket WHERE key > ? ORDER BY key LIMIT ?')
  // Conditional: somebody may have taken in between.
  const removeBucket = db.prepare('DELETE FROM bucket WHERE key = ? AND fullAt = ?')
  let position = ''

  return {
    async step(now) {
      const seen = nextBuckets.all(position, STEP_ROWS)
      position = seen.length < STEP_ROWS ? '' : String(seen.at(-1)?.key)
      const full = seen.filter(({ fullAt }) => Number(fullAt) <= now - FULL_MS)
      // Looked at first: a step that finds nothing must not cost a commit, once a second on an idle queue.
      if (full.length === 0 && !anyRecord.get(now) && !limits.isWaiting(now)) return
      await group.add(() => {
        removeRecords.run(now, STEP_ROWS)
        for (const { key, fullAt } of full) removeBucket.run(String(key), Number(fullAt))
      })
    },
  }
}
