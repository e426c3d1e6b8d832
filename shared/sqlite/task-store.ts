import { holds } from '../core/apply.ts'
import type { Change, Committed, Creation, Update } from '../core/change.ts'
import type { TaskStore } from '../ports/task-store.ts'
import type { Counters } from './counters.ts'
import type { GroupCommit } from './group-commit.ts'
import type { Lanes } from './lanes.ts'
import type { Lists } from './lists.ts'
import type { TaskRows } from './task-rows.ts'

export interface TaskStoreParts {
  readonly group: GroupCommit
  readonly rows: TaskRows
  readonly lists: Lists
  readonly counters: Counters
  readonly lanes: Lanes
}

/**
 * The queue is the index on (priority, name, wakeAt): the write itself moves the row in it, so `hintAt` and `backstopAt` need
 * no work and a lost hint cannot exist.
 */
export function createTaskStore({ group, rows, lists, counters, lanes }: TaskStoreParts): TaskStore {
  function write(change: Change): Committed {
    const committed = change.expect === 'absent' ? create(change) : update(change)
    const row = committed.ok ? committed.row : committed.winner
    // Should the transaction be rolled back after all, a receive finds nothing new.
    if (row) lanes.seen(row)
    return committed
  }

  function create({ row }: Creation): Committed {
    if (!rows.insert(row)) return { ok: false, winner: rows.find(row.id)?.row }
    counters.note(row.name, undefined, row.state)
    return { ok: true, row }
  }

  function update(change: Update): Committed {
    const found = rows.find(change.task)
    if (!found || !holds(found.row, change.expect)) return { ok: false, winner: found?.row }
    const row = rows.update(found, change)
    counters.note(row.name, found.row.state, row.state, row.finishedAt)
    return { ok: true, row }
  }

  function remove(id: string, version: number): boolean {
    const found = rows.find(id)
    if (found && found.row.version !== version) return false
    rows.remove(id)
    if (!found) return true
    const { wakeAt: _, ...row } = found.row
    counters.note(row.name, row.state, undefined)
    // One that is gone is never due.
    lanes.seen(row)
    return true
  }

  return {
    commit: change => group.add(() => write(change)),
    read: async id => rows.find(id)?.row,
    remove: ({ id, version }) => group.add(() => remove(id, version)),
    list: async query => lists.list(query),
    listDead: async query => lists.listDead(query),
  }
}
