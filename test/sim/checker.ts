import { tasksTable } from '../../shared/aws/names.ts'
import { decodeRow, ROW_SORT_KEY } from '../../shared/aws/row-codec.ts'
import type { TaskContext } from '../../shared/core/definition.ts'
import { isTerminal, type TaskRow } from '../../shared/core/task.ts'
import { createClaimChecks } from './check-claims.ts'
import { createCountChecks } from './check-counts.ts'
import { createPauseChecks } from './check-pauses.ts'
import { createRecoveryChecks } from './check-recovery.ts'
import { createWriteChecks } from './check-writes.ts'
import type { Item } from './expressions.ts'
import type { Answer, Call } from './network.ts'
import type { SimProcess } from './process.ts'
import type { Sqs } from './sqs.ts'
import type { Wanted } from './story.ts'
import type { Write } from './tables.ts'
import type { Promised } from './violation.ts'
import type { World } from './world.ts'

export const TASKS_TABLE = 'tasks'
/** Of one task, with all its runs and all that people do to it. */
const MOST_HINTS = 400
/** Promises that say when. */
const TIMELY: readonly Promised[] = ['P6', 'P7', 'P10']

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
  /** Whose handler works on a task. */
  readonly running: Map<string, Holder>
  /** Hints that a queue or a timer has taken, by task. */
  readonly hints: Map<string, number>
  row(task: string): TaskRow | undefined
  violate(promise: Promised, task: string, what: string): void
}

export interface CheckerOptions {
  /** Hears of every write of a row that was allowed. */
  readonly transition: (before: TaskRow | undefined, after: TaskRow) => void
}

export type Checker = ReturnType<typeof createChecker>

/** Holds everything that happens against the promises, as it happens. */
export function createChecker(world: World, sqs: () => Pick<Sqs, 'messagesOf'>, options: CheckerOptions) {
  /** As the latest writes have left them. */
  const rows = new Map<string, TaskRow>()
  const acknowledged = new Map<string, Wanted>()
  const byKey = new Map<string, string>()
  /** Rows that were there once. */
  const gone = new Set<string>()
  let lastWriteAt = 0
  const seen: Seen = {
    world,
    holders: new Map(),
    starts: [],
    hints: new Map(),
    running: new Map(),
    row: task => rows.get(task),
    violate(promise, task, what) {
      // What a clock that is wrong by an hour breaks is no promise of ours.
      if (!(world.timeless && TIMELY.includes(promise))) world.violate({ promise, task, what })
    },
  }
  const claims = createClaimChecks(seen)
  const writes = createWriteChecks(seen, claims)
  const counts = createCountChecks(rows)
  const pauses = createPauseChecks(seen)
  const recovery = createRecoveryChecks(seen, sqs, pauses)

  /** Nobody was told that it was accepted, and no hint of it has ever left. */
  function isNobodys({ id }: TaskRow): boolean {
    return !acknowledged.has(id) && !seen.hints.has(id)
  }

  /** Nobody removes a row but the table itself, some time after the task has ended. */
  function removed(task: string, { byExpiry }: Write): void {
    const row = rows.get(task)
    lastWriteAt = world.now
    rows.delete(task)
    gone.add(task)
    if (!byExpiry || (row && !isTerminal(row.state)))
      seen.violate('P1', task, `its row, which was ${row?.state}, has been removed`)
    // Somebody may submit it again: that is another task of the same id.
    claims.removed(task)
  }

  /** A row as somebody has just left it. */
  function changed(row: TaskRow, by: Pick<Call, 'from' | 'isTwin'>): void {
    lastWriteAt = world.now
    const known = rows.get(row.id)
    rows.set(row.id, row)
    options.transition(known, row)
    counts.wrote(known, row)
    writes.wrote(known, row, by)
    recovery.wrote(row)
  }

  return {
    seen,
    /** All rows, as the latest writes have left them. */
    rows: rows as ReadonlyMap<string, TaskRow>,
    pauses,
    wrote(write: Write): void {
      const { table, before, after, call } = write
      const item = after ?? before
      if (table !== TASKS_TABLE || item?.[tasksTable.sortKey]?.S !== ROW_SORT_KEY) return
      if (!after || !call) {
        removed(String(item[tasksTable.partitionKey]?.S), write)
        return
      }
      const row = decodeRow(after)
      if (after[tasksTable.ttl] && !isTerminal(row.state))
        seen.violate('P1', row.id, `it is ${row.state} and would be removed`)
      changed(row, call)
    },
    changed,
    heard: (call: Call, answer: Answer) => claims.heard(call, answer),
    /** A process knows that its claim has been written. */
    claimHeard: (token: string, from: SimProcess) => claims.known(token, from),
    hinted(body: string): void {
      const task = taskOf(body)
      const hints = (seen.hints.get(task) ?? 0) + 1
      seen.hints.set(task, hints)
      if (hints === MOST_HINTS) seen.violate('H20', task, `${hints} hints of it have been sent`)
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
      seen.running.set(id, { process, run, attempt })
      return seen.starts.push(`${id}/${run}/${attempt}`) - 1
    },
    /** The handler has returned or thrown. */
    ended({ id, run, attempt }: TaskContext): void {
      const latest = seen.running.get(id)
      if (latest?.run === run && latest.attempt === attempt) seen.running.delete(id)
    },
    /** A client has been told that its task is accepted. */
    acknowledged(task: string, wanted: Wanted): void {
      acknowledged.set(task, wanted)
      const row = seen.row(task)
      if (!row) {
        if (!gone.has(task)) seen.violate('P1', task, 'it was acknowledged and is not stored')
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
    /** The key was used for another request, and that was taken. */
    keyReused(task: string, key: string): void {
      seen.violate('P8', task, `${key} stands for two requests`)
    },
    /** @param reconciled also what nobody was told of must end */
    open: (reconciled: boolean) =>
      [...rows.values()].filter(row => !isTerminal(row.state) && (reconciled || !isNobodys(row))),
    /** Nothing has changed for a minute: counters are right now (P15). */
    countsMustBeRight(items: readonly Item[]): void {
      const difference = counts.difference(items)
      if (difference) seen.violate('P15', '', difference)
    },
    lastWriteAt: () => lastWriteAt,
    recoveries: () => recovery.recoveries(),
    report: () => ({ starts: seen.starts.length, acknowledged: acknowledged.size, ...pauses.report() }),
  }
}

function taskOf(body: string): string {
  return (JSON.parse(body) as { readonly task: string }).task
}
