import type { DatabaseSync } from 'node:sqlite'
import { priorities, type TaskState } from '../core/task.ts'
import type { EndCount, OldestWaiting, StateCount, StatsStore } from '../ports/stats-store.ts'
import { MINUTE_MS } from './counters.ts'

export function createStatsStore(db: DatabaseSync): StatsStore {
  const counts = db.prepare('SELECT name, state, count FROM counter WHERE count <> 0 ORDER BY name, state')
  const ends = db.prepare('SELECT minute, name, state, count FROM ended WHERE minute >= ? ORDER BY minute, name, state')
  const names = db.prepare(`SELECT DISTINCT name FROM counter WHERE state IN ('PENDING', 'RETRYING') AND count > 0`)
  // Running rows stand in the index too, but at the end of their lease: only those whose worker died are passed over here.
  const first = db.prepare(`
    SELECT id, name, wakeAt AS runAt FROM task
    WHERE priority = ? AND name = ? AND wakeAt <= ? AND wakeAt IS NOT NULL AND state IN ('PENDING', 'RETRYING')
    ORDER BY wakeAt LIMIT 1`)
  return {
    counts: async () =>
      counts
        .all()
        .map(
          row =>
            ({ name: String(row.name), state: row.state as TaskState, count: Number(row.count) }) satisfies StateCount,
        ),
    ends: async since =>
      ends.all(since - (since % MINUTE_MS)).map(
        row =>
          ({
            minute: Number(row.minute),
            name: String(row.name),
            state: row.state as TaskState,
            count: Number(row.count),
          }) satisfies EndCount,
      ),
    async oldestWaiting(now) {
      let oldest: OldestWaiting | undefined
      for (const { name } of names.all()) {
        for (const priority of priorities) {
          const found = first.get(priority, String(name), now)
          if (!found || (oldest && Number(found.runAt) >= oldest.runAt)) continue
          oldest = { id: String(found.id), name: String(found.name), runAt: Number(found.runAt) }
        }
      }
      return oldest
    },
  }
}
