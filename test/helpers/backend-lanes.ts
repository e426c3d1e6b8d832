import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { onTestFinished } from 'vitest'
import type { Gate } from '../../shared/core/dispatch.ts'
import type { Hint, Priority, TaskRow } from '../../shared/core/task.ts'
import { type NewTask, submit } from '../../shared/core/transitions.ts'
import { createLanes, type Lanes } from '../../shared/sqlite/lanes.ts'
import { migrate } from '../../shared/sqlite/migrations.ts'
import { DEFAULT_WEIGHTS } from '../../shared/sqlite/shares.ts'
import { createTaskRows, type TaskRows } from '../../shared/sqlite/task-rows.ts'
import { aTask } from './backend-folder.ts'
import { at } from './clock.ts'

/** A database that counts what its queries cost. */
class CountingDatabase extends DatabaseSync {
  readonly texts: string[] = []
  queries = 0
  rows = 0

  override prepare(text: string): StatementSync {
    this.texts.push(text)
    const statement = super.prepare(text)
    const { all } = statement
    const counted = (...values: unknown[]) => {
      const rows: unknown[] = Reflect.apply(all, statement, values)
      this.queries++
      this.rows += rows.length
      return rows
    }
    return Object.assign(statement, { all: counted })
  }
}

export interface TestLanes extends Lanes {
  readonly db: CountingDatabase
  readonly rows: TaskRows
  /** Puts a task into the table, past the commit. */
  add(task?: Partial<NewTask>, row?: Partial<TaskRow>): TaskRow
  addMany(count: number, task: (index: number) => Partial<NewTask>): void
  /** Ends a received task. */
  end(hint: Hint): void
  /** Receives and gives back nothing: the ids. */
  ids(max: number, gate: Gate, now?: number): string[]
  /** What a query cost: how many there were, and rows they gave. */
  cost(action: () => void): { readonly queries: number; readonly rows: number }
}

export const laneNames = ['send-email', 'resize-image', 'bill-customer'] as const

/** The queue on a database of its own. */
export function openLanes(weights: Readonly<Record<Priority, number>> = DEFAULT_WEIGHTS): TestLanes {
  const db = new CountingDatabase(':memory:')
  onTestFinished(() => db.close())
  migrate(db)
  const rows = createTaskRows(db)
  const lanes = createLanes(db, rows, laneNames, weights)

  function add(task: Partial<NewTask> = {}, row: Partial<TaskRow> = {}): TaskRow {
    const added = { ...submit(aTask(task, at('10:00:00')), at('10:00:00')).row, ...row }
    rows.insert(added)
    lanes.seen(added)
    return added
  }

  return {
    ...lanes,
    db,
    rows,
    add,
    addMany(count, task) {
      db.exec('BEGIN')
      for (let index = 0; index < count; index++) add(task(index))
      db.exec('COMMIT')
    },
    end(hint) {
      rows.remove(hint.task)
      lanes.done(hint)
    },
    ids: (max, gate, now = at('11:00:00')) => lanes.receive(max, gate, now).map(({ task }) => task),
    cost(action) {
      const before = { queries: db.queries, rows: db.rows }
      action()
      return { queries: db.queries - before.queries, rows: db.rows - before.rows }
    },
  }
}
