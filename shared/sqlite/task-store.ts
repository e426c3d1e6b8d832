import type { DatabaseSync } from 'node:sqlite'
import type { Change, Committed } from '../core/change.ts'
import type { Instant } from '../core/task.ts'
import type { TaskStore } from '../ports/task-store.ts'
import type { Counters } from './counters.ts'
import type { GroupCommit } from './group-commit.ts'
import type { Lanes } from './lanes.ts'
import { createLists } from './lists.ts'
import { prepareStatements } from './statements.ts'

/**
 * The queue is the index on (priority, name, wakeAt): the write itself moves the row in it, so `hintAt` and `backstopAt` need
 * no work and a lost hint cannot exist.
 */
export function createTaskStore(db: DatabaseSync, group: GroupCommit, counters: Counters, lanes: Lanes, now: () => Instant): TaskStore {
  const statements = prepareStatements(db)
  const lists = createLists(db)

  function write(change: Change): Committed {
    if (change.expect === 'absent') {
      const { row } = change
      if (!statements.insert(row)) return { ok: false, winner: statements.read(change.task) }
      counters.note(row.name, undefined, row.state, row.createdAt)
      return { ok: true, row }
    }
    const written = statements.update(change)
    if (!written) return { ok: false, winner: statements.read(change.task) }
    const { row, previous } = written
    counters.note(row.name, previous, row.state, row.finishedAt ?? now())
    return { ok: true, row }
  }

  return {
    async commit(change) {
      const committed = await group.add(() => write(change))
      const row = committed.ok ? committed.row : committed.winner
      if (row) lanes.seen(row)
      return committed
    },
    read: async id => statements.read(id),
    list: async query => lists.list(query),
    listDead: async query => lists.listDead(query),
  }
}
