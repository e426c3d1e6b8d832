import { tasksTable } from '../../shared/aws/names.ts'
import { decodeRow, ROW_SORT_KEY } from '../../shared/aws/row-codec.ts'
import type { TaskContext } from '../../shared/core/definition.ts'
import { isTerminal, type TaskRow } from '../../shared/core/task.ts'
import { createClaimChecks } from './check-claims.ts'
import { createPauseChecks } from './check-pauses.ts'
import { createRecoveryChecks } from './check-recovery.ts'
import { createWriteChecks } from './check-writes.ts'
import type { Write } from './dynamodb.ts'
import type { Answer, Call } from './network.ts'
import type { SimProcess } from './process.ts'
import type { Sqs } from './sqs.ts'
import type { Wanted } from './story.ts'
import type { Promised } from './violation.ts'
import type { World } from './world.ts'

export const TASKS_TABLE = 'tasks'

/** Who holds a task, as the checker has seen it: not by the token, which is what the program goes by. */
export interface Holder {
  readonly process: SimProcess
  readonly run: number
  readonly attempt: number
}

/** What the checkers share: everything that has been seen from outside of the program. */
export interface Seen {
  readonly world: World
  /** The claims that stand. */
  readonly holders: Map<string, Holder>
  /** `task/run/attempt` of each start of a handler; its place is the number of the start. */
  readonly starts: string[]
  /** Hints that a queue or a timer has taken, by task. */
  readonly hints: Map<string, number>
  row(task: string): TaskRow | undefined
  violate(promise: Promised, task: string, what: string): void
}

export type Checker = ReturnType<typeof createChecker>

/** Holds everything that happens against the promises, as it happens. */
export function createChecker(world: World, sqs: () => Sqs) {
  /** As the latest writes have left them. */
  const rows = new Map<string, TaskRow>()
  const acknowledged = new Map<string, Wanted>()
  const byKey = new Map<string, string>()
  const seen: Seen = {
    world,
    holders: new Map(),
    starts: [],
    hints: new Map(),
    row: task => rows.get(task),
    violate: (promise, task, what) => world.violate({ promise, task, what }),
  }
  const claims = createClaimChecks(seen)
  const writes = createWriteChecks(seen, claims)
  const pauses = createPauseChecks(seen)
  const recovery = createRecoveryChecks(seen, sqs, pauses)

  /** Nobody was told that it was accepted, and no hint of it has ever left. */
  function isNobodys({ id }: TaskRow): boolean {
    return !acknowledged.has(id) && !seen.hints.has(id)
  }

  return {
    seen,
    pauses,
    wrote({ table, before, after, call }: Write): void {
      const item = after ?? before
      if (table !== TASKS_TABLE || item?.[tasksTable.sortKey]?.S !== ROW_SORT_KEY) return
      const row = after && decodeRow(after)
      if (!row) {
        seen.violate('P1', String(item[tasksTable.partitionKey]?.S), 'its row has been removed')
        return
      }
      const known = rows.get(row.id)
      rows.set(row.id, row)
      writes.wrote(known, row, call.from)
      recovery.wrote(row)
    },
    heard: (call: Call, answer: Answer) => claims.heard(call, answer),
    hinted(body: string): void {
      const task = taskOf(body)
      seen.hints.set(task, (seen.hints.get(task) ?? 0) + 1)
    },
    deadLettered: (body: string) => recovery.deadLettered(taskOf(body)),
    hintsAreLost: () => recovery.hintsAreLost(),
    died: (process: SimProcess) => recovery.died(process),
    /** @returns the number of the start */
    started({ id, run, attempt }: TaskContext, process: SimProcess): number {
      claims.started(id, run, attempt)
      const row = seen.row(id)
      if (row?.state !== 'RUNNING' || row.run !== run || row.attempt !== attempt)
        seen.violate(
          'P3',
          id,
          `attempt ${run}/${attempt} starts while its row says ${row?.state} ${row?.run}/${row?.attempt}`,
        )
      if (row) pauses.started(row, process)
      return seen.starts.push(`${id}/${run}/${attempt}`) - 1
    },
    /** A client has been told that its task is accepted. */
    acknowledged(task: string, wanted: Wanted): void {
      acknowledged.set(task, wanted)
      const row = seen.row(task)
      if (!row) {
        seen.violate('P1', task, 'it was acknowledged and is not stored')
        return
      }
      if (row.payload !== JSON.stringify(wanted.request.payload)) seen.violate('P1', task, 'its payload is another one')
      if (!seen.hints.has(task) && !isTerminal(row.state))
        seen.violate('P1', task, 'it was acknowledged and no hint of it was sent')
      if (wanted.key === undefined) return
      const first = byKey.get(wanted.key) ?? task
      byKey.set(wanted.key, first)
      if (first !== task) seen.violate('P8', task, `${wanted.key} stands for ${first} as well`)
    },
    /** @param reconciled also what nobody was told of must end */
    open: (reconciled: boolean) =>
      [...rows.values()].filter(row => !isTerminal(row.state) && (reconciled || !isNobodys(row))),
    report: () => ({ starts: seen.starts.length, acknowledged: acknowledged.size, ...pauses.report() }),
  }
}

function taskOf(body: string): string {
  return (JSON.parse(body) as { readonly task: string }).task
}
