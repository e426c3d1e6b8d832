import type { DatabaseSync } from 'node:sqlite'
import { type Instant, isTerminal, type TaskState } from '../core/task.ts'

export const MINUTE_MS = 60_000

/** Counts the rows per name and state, and the ends per minute, in the transaction that changes them (H91). */
export interface Counters {
  /** @param from absent when the row is new, `to` when it is purged */
  note(name: string, from: TaskState | undefined, to: TaskState | undefined, at: Instant): void
  /** Inside the transaction: one statement for each pair of name and state that changed. */
  write(): void
  clear(): void
}

export function createCounters(db: DatabaseSync): Counters {
  const add = db.prepare(
    'INSERT INTO counter (name, state, count) VALUES (?, ?, ?) ON CONFLICT (name, state) DO UPDATE SET count = count + excluded.count',
  )
  const end = db.prepare(
    'INSERT INTO ended (minute, name, state, count) VALUES (?, ?, ?, ?) ON CONFLICT (minute, name, state) DO UPDATE SET count = count + excluded.count',
  )
  const states = new Map<string, Map<TaskState, number>>()
  const ends = new Map<string, { minute: Instant; name: string; state: TaskState; count: number }>()

  function count(name: string, state: TaskState, by: number): void {
    const byState = states.get(name) ?? new Map<TaskState, number>()
    byState.set(state, (byState.get(state) ?? 0) + by)
    states.set(name, byState)
  }

  return {
    note(name, from, to, at) {
      if (from === to) return
      if (from) count(name, from, -1)
      if (!to) return
      count(name, to, 1)
      if (!from || !isTerminal(to)) return
      const minute = at - (at % MINUTE_MS)
      const key = `${minute} ${to} ${name}`
      const seen = ends.get(key)
      if (seen) seen.count++
      else ends.set(key, { minute, name, state: to, count: 1 })
    },
    write() {
      for (const [name, byState] of states) for (const [state, by] of byState) if (by !== 0) add.run(name, state, by)
      for (const { minute, name, state, count: by } of ends.values()) end.run(minute, name, state, by)
    },
    clear() {
      states.clear()
      ends.clear()
    },
  }
}
