import type { DatabaseSync, SQLOutputValue } from 'node:sqlite'
import type { Gate } from '../core/dispatch.ts'
import { type Hint, type Instant, type Priority, priorities, type TaskRow } from '../core/task.ts'
import { columns, SELECTED } from './row-codec.ts'
import { createShares } from './shares.ts'
import type { TaskRows } from './task-rows.ts'

/**
 * The queue, seen from a worker. It is the index on (priority, name, wakeAt) of the task rows: a receive reads the lanes
 * (a priority and a name) that may run and merges them, so it costs O(batch) at any backlog and behind any paused name.
 */
export interface Lanes {
  /** At most `max` rows that are due, by weighted shares of the priorities. Each stays out of later receives until `done`. */
  receive(max: number, gate: Gate, now: Instant): Hint[]
  /** @param again when the row, should it still be due, may be received again */
  done(hint: Hint, again?: Instant): void
  /** Keeps a row that is due out of receives until then. */
  defer(row: TaskRow, at: Instant): void
  /** Tells of a row as it is after a write. */
  seen(row: TaskRow): void
  /** When the next receive may find something; Infinity while nothing waits. */
  nextDueAt(gate: Gate): Instant
  /** Looks at every lane anew, such as after a pause, under which hints may have been put aside. */
  refresh(): void
  /** Called when a receive may find something earlier than `nextDueAt` said. */
  onWork(listener: (at: Instant) => void): void
}

interface Lane {
  readonly priority: Priority
  readonly name: string
  /** No row of the lane is due before this. */
  nextAt: Instant
}

interface Candidate {
  readonly cells: readonly SQLOutputValue[]
  readonly wakeAt: Instant
  readonly lane: Lane
}

const ID = columns.indexOf('id')
const WAKE_AT = columns.indexOf('wakeAt')
/** The row is its own message: whoever finds it in the index has the one there is. */
const MESSAGE_ID = 'row'

export function createLanes(
  db: DatabaseSync,
  taskRows: TaskRows,
  names: readonly string[],
  weights: Readonly<Record<Priority, number>>,
): Lanes {
  const select = db.prepare(
    `SELECT ${SELECTED} FROM task WHERE priority = ? AND name = ? AND wakeAt IS NOT NULL ORDER BY wakeAt LIMIT ?`,
  )
  select.setReturnArrays(true)
  const byPriority = new Map(
    priorities.map(priority => [priority, names.map((name): Lane => ({ priority, name, nextAt: 0 }))]),
  )
  const byName = new Map<string, Lane[]>()
  for (const lane of [...byPriority.values()].flat()) byName.set(lane.name, [...(byName.get(lane.name) ?? []), lane])
  const lanes = [...byName.values()].flat()
  const shares = createShares(weights)
  /** Received and not yet done: a row whose claim is on its way is still due in the index. */
  const held = new Set<string>()
  const deferred = new Map<string, Instant>()
  let listener: (at: Instant) => void = () => {}

  function isOpen(lane: Lane, gate: Gate): boolean {
    return !gate.all && !gate.names.has(lane.name) && !gate.priorities.includes(lane.priority)
  }

  function wake(lane: Lane | undefined, at: Instant): void {
    if (!lane || at >= lane.nextAt) return
    lane.nextAt = at
    listener(at)
  }

  function laneOf(row: TaskRow): Lane | undefined {
    return byName.get(row.name)?.[row.priority - 1]
  }

  /** When a due row may be received: Infinity while somebody has it. */
  function freeAt(id: string, now: Instant): Instant {
    if (held.has(id)) return Number.POSITIVE_INFINITY
    const until = deferred.get(id)
    if (until === undefined) return now
    if (until <= now) deferred.delete(id)
    return until
  }

  /** The lane's first rows: those that are due and free, and when to look again. `full`: there may be more that are due. */
  function scan(lane: Lane, limit: number, now: Instant): { due: Candidate[]; nextAt: Instant; full: boolean } {
    const rows = select.all(lane.priority, lane.name, limit) as unknown as SQLOutputValue[][]
    const due: Candidate[] = []
    let nextAt = Number.POSITIVE_INFINITY
    for (const cells of rows) {
      const wakeAt = cells[WAKE_AT] as Instant
      if (wakeAt > now) return { due, nextAt: Math.min(nextAt, wakeAt), full: false }
      const at = freeAt(cells[ID] as string, now)
      if (at <= now) due.push({ cells, wakeAt, lane })
      else nextAt = Math.min(nextAt, at)
    }
    const full = rows.length === limit
    return { due, nextAt: full ? now : nextAt, full }
  }

  function readLane(lane: Lane, max: number, now: Instant): Candidate[] {
    const first = scan(lane, max + 1, now)
    // Rows that somebody has stand in the way of the others: look past them.
    const read = first.full && first.due.length < max ? scan(lane, max + 1 + held.size + deferred.size, now) : first
    lane.nextAt = read.nextAt
    return read.due
  }

  /** The `max` rows of a priority that have been due longest. */
  function readPriority(priority: Priority, max: number, gate: Gate, now: Instant): Hint[] {
    const ready = (byPriority.get(priority) ?? []).filter(lane => lane.nextAt <= now && isOpen(lane, gate))
    const candidates = ready.flatMap(lane => readLane(lane, max, now))
    if (ready.length > 1) candidates.sort((a, b) => a.wakeAt - b.wakeAt)
    for (let index = max; index < candidates.length; index++) {
      const { lane, wakeAt } = candidates[index] as Candidate
      lane.nextAt = Math.min(lane.nextAt, wakeAt)
    }
    return candidates.slice(0, max).map(({ cells, lane }) => {
      const { id, traceparent } = taskRows.remember(cells)
      held.add(id)
      return { task: id, name: lane.name, messageId: MESSAGE_ID, ...(traceparent !== undefined && { traceparent }) }
    })
  }

  return {
    receive(max, gate, now) {
      const hints: Hint[] = []
      const ready = new Set<Priority>()
      for (const lane of lanes) if (lane.nextAt <= now && isOpen(lane, gate)) ready.add(lane.priority)
      while (hints.length < max && ready.size > 0) {
        for (const [priority, quota] of shares.draw(max - hints.length, ready)) {
          const found = readPriority(priority, quota, gate, now)
          hints.push(...found)
          if (found.length === quota) continue
          ready.delete(priority)
          shares.giveBack(priority, quota - found.length)
        }
      }
      return hints
    },
    done(hint, again) {
      held.delete(hint.task)
      if (again === undefined) return
      deferred.set(hint.task, again)
      for (const lane of byName.get(hint.name) ?? []) wake(lane, again)
    },
    defer(row, at) {
      // A row that is not due stands in the index at its time: kept back here too, it would miss being brought forward.
      if (row.wakeAt !== undefined && row.wakeAt < at) deferred.set(row.id, at)
      wake(laneOf(row), at)
    },
    seen(row) {
      if (row.wakeAt === undefined) deferred.delete(row.id)
      else wake(laneOf(row), row.wakeAt)
    },
    nextDueAt(gate) {
      let next = Number.POSITIVE_INFINITY
      for (const lane of lanes) if (lane.nextAt < next && isOpen(lane, gate)) next = lane.nextAt
      return next
    },
    refresh() {
      for (const lane of lanes) lane.nextAt = 0
      listener(0)
    },
    onWork(added) {
      listener = added
    },
  }
}
