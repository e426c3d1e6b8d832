import type { Instant, TaskRow, TaskState } from '../../shared/core/task.ts'
import { type Cell, changed, isTerminal, readRow, storedRow, type Transition } from './core-cells.ts'
import { at, error, lease, now } from './core-fixtures.ts'

// What the design §1 and §2 say about every transition, told in terms of the row and apart from the code: nothing of
// core runs here, only its types are shared. Where core and this page differ, one of them is wrong.

/** What the transitions of the table are called with. */
export const inputs = {
  by: 'user_9',
  claimer: { task: 'task_7', token: 'token-fresh', endsAt: at('10:00:37') },
  holder: lease,
  message: 'message-12',
  progress: { percent: 43, message: 'half-way' },
  result: '{"sent":true}',
  error,
  retryDelayMs: 71_000,
  snoozeDelayMs: 83_000,
  edit: { title: 'newer title', runAt: at('10:20:53') },
} as const

/** Clocks of two hosts may differ by so much. */
const skewMs = 2_000
/** The hint that stands in for a change's own if its writer dies. */
const backstopMs = 60_000

/** Not asked: the engine makes no such change of a row like the one it read. */
export type Expected = 'not asked' | 'refused' | Written
export interface Written {
  readonly row: TaskRow
  readonly hintAt?: Instant
  readonly backstopAt?: Instant
}

export function expected(cell: Cell): Expected {
  return rules[cell.transition](readRow(cell), storedRow(cell))
}

/** @param read the row that the writer knows, @param row the one that its write finds */
type Rule = (read: TaskRow, row: TaskRow) => Expected

const rules: Record<Transition, Rule> = {
  // The row must not exist yet, and here it does.
  submit: () => 'refused',

  // Due, attempts left, not expired: whatever the hint, the state or the former holder.
  claim: (_read, row) =>
    isDue(row) && isStartable(row)
      ? written(row, 'RUNNING', {
          attempt: row.attempt + 1,
          attemptsLeft: row.attemptsLeft - 1,
          leaseToken: inputs.claimer.token,
          heldBy: inputs.message,
          wakeAt: inputs.claimer.endsAt + skewMs,
          startedAt: now,
          progress: undefined,
        })
      : 'refused',

  // Only forwards, no line in the history, no new version.
  heartbeat: (_read, row) => {
    const wakeAt = inputs.holder.endsAt + skewMs
    if (!isMine(row) || row.wakeAt === undefined || row.wakeAt > wakeAt) return 'refused'
    return { row: changed(row, { wakeAt }) }
  },

  // Visible, so a new version; no line in the history.
  reportProgress: (_read, row) =>
    isMine(row) ? { row: changed(row, { progress: inputs.progress, version: row.version + 1 }) } : 'refused',

  // The first of complete and cancel wins: a mere request does not hinder it.
  complete: (_read, row) =>
    isMine(row) ? ended(row, 'COMPLETED', { result: inputs.result, resultAt: undefined }) : 'refused',

  stop: (_read, row) => (isMine(row) ? ended(row, 'CANCELED') : 'refused'),

  fail: byHolder((read, row) =>
    read.attemptsLeft === 0
      ? ended(row, 'DEAD', { lastError: inputs.error })
      : waiting(row, 'RETRYING', now + inputs.retryDelayMs, { lastError: inputs.error }),
  ),
  discard: byHolder((_read, row) => ended(row, 'DEAD', { lastError: inputs.error })),

  // Number of attempts keeps rising, budget given back.
  snooze: byHolder((_read, row) =>
    waiting(row, 'PENDING', now + inputs.snoozeDelayMs, { attemptsLeft: row.attemptsLeft + 1 }),
  ),
  release: byHolder((_read, row) => waiting(row, 'PENDING', now, { attemptsLeft: row.attemptsLeft + 1 })),

  cancel: byEngine(['PENDING', 'RETRYING'], (_read, row) => ended(row, 'CANCELED', {}, inputs.by)),

  // It stays with its holder, who is told; nobody starts it again.
  requestCancel: byEngine(['RUNNING'], (_read, row) =>
    written(row, 'RUNNING', { cancelRequestedAt: now, attemptsLeft: 0 }, inputs.by),
  ),

  edit: byEngine(['PENDING'], (_read, row) => {
    const { title, runAt } = inputs.edit
    const moved = written(row, 'PENDING', { title, runAt, wakeAt: runAt }, inputs.by)
    return { ...moved, hintAt: runAt, backstopAt: now + backstopMs }
  }),

  // A new run: fresh budget, attempts from 1 again, nothing of the old outcome but its lines in the history.
  requeue: byEngine(['COMPLETED', 'DEAD', 'CANCELED', 'EXPIRED'], (_read, row) => {
    const fresh = {
      run: row.run + 1,
      attempt: 0,
      attemptsLeft: row.maxAttempts,
      result: undefined,
      resultAt: undefined,
      lastError: undefined,
      progress: undefined,
      startedAt: undefined,
      finishedAt: undefined,
      expiresAt: undefined,
      cancelRequestedAt: undefined,
    }
    return { ...waiting(row, 'PENDING', now, fresh, inputs.by), backstopAt: now + backstopMs }
  }),

  expire: byEngine(['PENDING', 'RETRYING'], (_read, row) => (hasExpired(row) ? ended(row, 'EXPIRED') : 'refused')),

  // A due row that nobody may start; a heartbeat since then (the wake time moved) means that its holder lives.
  bury: (read, row) => {
    if (isTerminal(read.state) || !isDue(read) || isStartable(read)) return 'not asked'
    if (row.version !== read.version || !isDue(row)) return 'refused'
    if (read.cancelRequestedAt !== undefined) return ended(row, 'CANCELED')
    if (read.attemptsLeft > 0) return ended(row, 'EXPIRED')
    return ended(row, 'DEAD', { lastError: { name: 'CrashLoop', message: '', code: 'crash_loop', fingerprint: '' } })
  },
}

/** A holder ends its attempt: CANCELED if it knows of a request to cancel, refused if there is one unknown to it. */
function byHolder(rule: Rule): Rule {
  return (read, row) => {
    if (!isMine(row)) return 'refused'
    if (read.cancelRequestedAt !== undefined) return ended(row, 'CANCELED')
    return row.cancelRequestedAt !== undefined ? 'refused' : rule(read, row)
  }
}

/** A change that the engine decides on a row it has read: nothing visible may have happened since. */
function byEngine(states: readonly TaskState[], rule: Rule): Rule {
  return (read, row) => {
    if (!states.includes(read.state)) return 'not asked'
    return row.version === read.version ? rule(read, row) : 'refused'
  }
}

function isDue(row: TaskRow): boolean {
  return row.wakeAt !== undefined && row.wakeAt <= now
}
function isStartable(row: TaskRow): boolean {
  return row.attemptsLeft > 0 && !hasExpired(row)
}
function hasExpired(row: TaskRow): boolean {
  return row.expiresAt !== undefined && row.expiresAt <= now
}
function isMine(row: TaskRow): boolean {
  return row.leaseToken === inputs.holder.token
}

type Changes = Parameters<typeof changed>[1]

function written(row: TaskRow, state: TaskState, changes: Changes, by?: string): Written {
  const line = { at: now, to: state, ...(by !== undefined && { by }) }
  return { row: changed(row, { ...changes, state, version: row.version + 1, history: [...row.history, line] }) }
}

/** Terminal: nobody holds it, nobody need look at it. */
function ended(row: TaskRow, state: TaskState, changes: Changes = {}, by?: string): Written {
  const free = { finishedAt: now, leaseToken: undefined, heldBy: undefined, wakeAt: undefined }
  return written(row, state, { ...changes, ...free }, by)
}

/** Waiting: nobody holds it, and a hint goes out for the time when it is due. */
function waiting(row: TaskRow, state: TaskState, runAt: Instant, changes: Changes, by?: string): Written {
  const free = { runAt, wakeAt: runAt, leaseToken: undefined, heldBy: undefined }
  return { ...written(row, state, { ...changes, ...free }, by), hintAt: runAt }
}
