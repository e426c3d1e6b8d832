import type { DatabaseSync } from 'node:sqlite'
import { type Instant, isWaiting, type TaskRow, type TaskState } from '../core/task.ts'
import type { Counters } from './counters.ts'
import type { GroupCommit } from './group-commit.ts'
import type { TaskRows } from './task-rows.ts'

/** Rows that one step looks at; a step is one turn of the event loop. */
const STEP_ROWS = 1_000

/**
 * Walks over the rows in the order of their creation, a step at a time, so that no index on time is needed: removes terminal rows
 * past their retention, with what lies beside them, and finds waiting ones that have expired with nobody to claim them (H52).
 */
export interface Purge {
  /** @returns rows that somebody has to end as EXPIRED */
  step(now: Instant, retentionMs: number): Promise<TaskRow[]>
}

export function createPurge(db: DatabaseSync, group: GroupCommit, rows: TaskRows, counters: Counters): Purge {
  const next = db.prepare(
    'SELECT seq, id, name, state, finishedAt, expiresAt FROM task WHERE seq > ? ORDER BY seq LIMIT ?',
  )
  // Conditional: a requeue may have come in between (H63).
  const isOld = db.prepare('SELECT 1 FROM task WHERE seq = ? AND finishedAt = ?')
  const oldEnds = db.prepare('SELECT 1 FROM ended WHERE minute < ? LIMIT 1')
  const removeEnds = db.prepare('DELETE FROM ended WHERE minute < ?')
  let position = 0

  return {
    async step(now, retentionMs) {
      const seen = next.all(position, STEP_ROWS)
      position = seen.length < STEP_ROWS ? 0 : Number(seen.at(-1)?.seq)
      const old = seen.filter(row => row.finishedAt !== null && Number(row.finishedAt) < now - retentionMs)
      const lapsed = seen.filter(
        row => isWaiting(row.state as TaskState) && row.expiresAt !== null && Number(row.expiresAt) <= now,
      )
      // Looked at first: a step that finds nothing to remove must not cost a commit, once a second on an idle queue.
      if (old.length > 0 || oldEnds.get(now - retentionMs)) {
        await group.add(() => {
          for (const row of old) {
            if (!isOld.get(Number(row.seq), Number(row.finishedAt))) continue
            rows.remove(String(row.id))
            counters.note(String(row.name), row.state as TaskState, undefined)
          }
          removeEnds.run(now - retentionMs)
        })
      }
      return lapsed.flatMap(row => rows.find(String(row.id))?.row ?? [])
    },
  }
}
