import type { DatabaseSync } from 'node:sqlite'
import { type Instant, isTerminal, type TaskState } from '../core/task.ts'

export const MINUTE_MS = 60_000

/** Counts the rows per name and state, and the ends per minute, in the transaction that changes them (H91). */
export interface Counters {
  /**
   * @param from absent when the row is new, `to` when it is purged
   * @param finishedAt of a row that ends
   */
  note(name: string, from: TaskState | undefined, to: TaskState | undefined, finishedAt?: Instant): void
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
  const states: Counts = new Map()
  const ends = new Map<Instant, Counts>()

  return {
    note(name, from, to, finishedAt) {
      if (from === to) return
      if (from) count(states, name, from, -1)
      if (!to) return
      count(states, name, to, 1)
      if (!from || finishedAt === undefined || !isTerminal(to)) return
      const minute = finishedAt - (finishedAt % MINUTE_MS)
      const inMinute = ends.get(minute) ?? new Map()
      ends.set(minute, inMinute)
      count(inMinute, name, to, 1)
    },
    write() {
      for (const [name, byState] of states) for (const [state, by] of byState) if (by !== 0) add.run(name, state, by)
      for (const [minute, inMinute] of ends) {
        for (const [name, byState] of inMinute) for (const [state, by] of byState) end.run(minute, name, state, by)
      }
    },
    clear() {
      states.clear()
      ends.clear()
    },
  }
}

type Counts = Map<string, Map<TaskState, number>>

function count(counts: Counts, name: string, state: TaskState, by: number): void {
  const byState = counts.get(name)
  if (byState) byState.set(state, (byState.get(state) ?? 0) + by)
  else counts.set(name, new Map([[state, by]]))
}
