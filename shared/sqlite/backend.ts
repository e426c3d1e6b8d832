import type { Priority } from '../core/task.ts'
import type { Backend } from '../ports/backend.ts'
import { createBlobStore } from './blob-store.ts'
import { createCounters } from './counters.ts'
import { createDispatchStore } from './dispatch-store.ts'
import { createExpiry, type Expiry } from './expiry.ts'
import { createGroupCommit } from './group-commit.ts'
import { createLanes, type Lanes } from './lanes.ts'
import { createLimitStore } from './limit-store.ts'
import { createLists } from './lists.ts'
import { createLogStore } from './log-store.ts'
import { openFile } from './open.ts'
import { createPurge, type Purge } from './purge.ts'
import { createRecordStore } from './record-store.ts'
import { DEFAULT_WEIGHTS } from './shares.ts'
import { createStatsStore } from './stats-store.ts'
import { createTaskRows } from './task-rows.ts'
import { createTaskStore } from './task-store.ts'

export interface SqliteBackend extends Backend {
  readonly lanes: Lanes
  readonly purge: Purge
  readonly expiry: Expiry
  /** Brings the mark beside the file up to date; call about once a second. */
  mark(): void
  /** Writes what is waiting and closes the file. */
  close(): void
}

export interface SqliteOptions {
  /** Folder of the file, or `:memory:`. */
  readonly folder: string
  /** Task names that have a handler; rows of others wait. */
  readonly names: readonly string[]
  readonly weights?: Readonly<Record<Priority, number>>
  /** The file can no longer be trusted; the process must end. */
  readonly failed: (error: unknown) => void
}

/** @throws OpenRefused */
export function openSqliteBackend(options: SqliteOptions): SqliteBackend {
  const file = openFile(options.folder)
  const { db } = file
  const counters = createCounters(db)
  const rows = createTaskRows(db)
  const limits = createLimitStore(db)
  const group = createGroupCommit(db, {
    beforeCommit() {
      counters.write()
      limits.write()
      file.countGroup()
    },
    committed() {
      counters.clear()
      limits.clear()
      file.groupCommitted()
    },
    rolledBack() {
      counters.clear()
      rows.forgetAll()
    },
    failed: options.failed,
  })
  const lanes = createLanes(db, rows, options.names, options.weights ?? DEFAULT_WEIGHTS)
  return {
    tasks: createTaskStore({ group, rows, lists: createLists(db), counters, lanes }),
    // The write itself moved the row in the index: only one that is due and may not start yet has to be put off.
    hints: { send: async (row, at) => lanes.defer(row, at) },
    dispatch: createDispatchStore(db, group),
    stats: createStatsStore(db),
    blobs: createBlobStore(db, group),
    logs: createLogStore(db, group),
    limits,
    records: createRecordStore(db, group),
    lanes,
    purge: createPurge(db, group, rows, counters),
    expiry: createExpiry(db, group, limits),
    mark: file.mark,
    close() {
      // A disk that does not take them has been told of elsewhere.
      if (limits.isWaiting()) group.add(() => {}).catch(() => {})
      group.flush()
      file.close()
    },
  }
}
