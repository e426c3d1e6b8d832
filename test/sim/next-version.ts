import type { AwsBackend } from '../../shared/aws/backend.ts'
import type { Change, Committed } from '../../shared/core/change.ts'
import type { TaskRow } from '../../shared/core/task.ts'

/** Which version of the program a process runs, where several do at once. */
export type Version = 'only' | 'older' | 'next'

/**
 * The program as its next version: it writes rows of the next format and knows both. What is in the code of this version is said of one
 * number less, so that all the rest of it can be the same.
 */
export function asNextVersion(backend: AwsBackend): AwsBackend {
  const { tasks } = backend
  return {
    ...backend,
    tasks: {
      ...tasks,
      commit: async change => known(await tasks.commit(written(change))),
      read: async id => knownRow(await tasks.read(id)),
    },
  }
}

function written(change: Change): Change {
  if (change.expect === 'absent')
    return { ...change, row: { ...change.row, schemaVersion: change.row.schemaVersion + 1 } }
  const expect = change.expect.map(each =>
    each.field === 'schemaVersion' ? { ...each, value: Number(each.value) + 1 } : each,
  )
  return { ...change, expect }
}

function known(committed: Committed): Committed {
  // A row that was written is there.
  return committed.ok
    ? { ok: true, row: knownRow(committed.row) as TaskRow }
    : { ok: false, winner: knownRow(committed.winner) }
}

function knownRow(row: TaskRow | undefined): TaskRow | undefined {
  return row && { ...row, schemaVersion: Math.max(1, row.schemaVersion - 1) }
}
