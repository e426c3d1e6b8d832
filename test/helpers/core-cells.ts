import type { TaskRow, TaskState } from '../../shared/core/task.ts'
import { at, now, retryingRow } from './core-fixtures.ts'

/** Every transition meets a row in every combination of these. */
export const dimensions = {
  transition: [
    'submit',
    'claim',
    'heartbeat',
    'reportProgress',
    'complete',
    'fail',
    'snooze',
    'release',
    'stop',
    'discard',
    'cancel',
    'requestCancel',
    'edit',
    'requeue',
    'expire',
    'bury',
  ],
  state: ['PENDING', 'RETRYING', 'RUNNING', 'COMPLETED', 'DEAD', 'CANCELED', 'EXPIRED'],
  /** The lease token of the row: the writer's, another worker's, or none. */
  token: ['mine', 'another', 'none'],
  wakeAt: ['past', 'now', 'ahead', 'absent'],
  attemptsLeft: [0, 3],
  expiresAt: ['past', 'now', 'ahead', 'absent'],
  cancelRequested: [false, true],
  /** What happened to the row after the writer had read it. */
  since: ['nothing', 'edited', 'cancel requested', 'heartbeat'],
} as const

/** How many cells one transition has in one state. */
export const cellsPerState = 3 * 4 * 2 * 4 * 2 * 4

export type Transition = (typeof dimensions.transition)[number]
export type Cell = { readonly [Name in keyof typeof dimensions]: (typeof dimensions)[Name][number] }

export function* cellsOf(transition: Transition, state: TaskState): Generator<Cell> {
  for (const token of dimensions.token)
    for (const wakeAt of dimensions.wakeAt)
      for (const attemptsLeft of dimensions.attemptsLeft)
        for (const expiresAt of dimensions.expiresAt)
          for (const cancelRequested of dimensions.cancelRequested)
            for (const since of dimensions.since)
              yield { transition, state, token, wakeAt, attemptsLeft, expiresAt, cancelRequested, since }
}

export function* allCells(): Generator<Cell> {
  for (const transition of dimensions.transition) {
    for (const state of dimensions.state) yield* cellsOf(transition, state)
  }
}

/** The row as the writer knows it. Every field that some transition removes is there to be removed. */
export function readRow(cell: Cell): TaskRow {
  return changed(retryingRow, {
    state: cell.state,
    attemptsLeft: cell.attemptsLeft,
    title: 'title',
    payload: '{"to":"a@example.com"}',
    progress: { percent: 12 },
    result: '"of an earlier run"',
    resultAt: 'blob_5',
    finishedAt: isTerminal(cell.state) ? at('09:33:29') : undefined,
    wakeAt: { past: at('09:59:41'), now, ahead: at('10:00:11'), absent: undefined }[cell.wakeAt],
    expiresAt: { past: at('09:50:17'), now, ahead: at('11:00:19'), absent: undefined }[cell.expiresAt],
    leaseToken: { mine: 'token-mine', another: 'token-other', none: undefined }[cell.token],
    heldBy: cell.token === 'none' ? undefined : 'message-11',
    cancelRequestedAt: cell.cancelRequested ? at('09:58:31') : undefined,
  })
}

/** The row as the write finds it. */
export function storedRow(cell: Cell): TaskRow {
  const read = readRow(cell)
  switch (cell.since) {
    case 'nothing':
      return read
    case 'edited':
      return changed(read, { title: 'edited meanwhile', version: read.version + 1 })
    case 'cancel requested':
      return changed(read, { cancelRequestedAt: at('09:59:53'), attemptsLeft: 0, version: read.version + 1 })
    case 'heartbeat':
      // Later than the heartbeat that some cells send: that one comes second, and must not take time back.
      return changed(read, { wakeAt: at('10:00:43') })
  }
}

/** A copy of the row in which some fields are changed, or gone where their value is undefined. */
export function changed(
  row: TaskRow,
  changes: { readonly [Field in keyof TaskRow]?: TaskRow[Field] | undefined },
): TaskRow {
  const next: Record<string, unknown> = { ...row, ...changes }
  for (const [field, value] of Object.entries(changes)) if (value === undefined) delete next[field]
  return next as unknown as TaskRow // every caller removes optional fields only
}

/** Whether a queue that keeps its rules can come to have such a row. */
export function isPossible(row: TaskRow): boolean {
  if (row.attemptsLeft < 0 || row.attemptsLeft > row.maxAttempts) return false
  const told = row.cancelRequestedAt !== undefined
  if (isTerminal(row.state)) {
    return (
      row.wakeAt === undefined &&
      row.leaseToken === undefined &&
      row.heldBy === undefined &&
      row.finishedAt !== undefined
    )
  }
  if (row.wakeAt === undefined || row.finishedAt !== undefined) return false
  if (row.state === 'RUNNING') {
    const isHeld = row.leaseToken !== undefined && row.heldBy !== undefined
    return isHeld && row.attemptsLeft < row.maxAttempts && !(told && row.attemptsLeft > 0)
  }
  return row.leaseToken === undefined && row.heldBy === undefined && row.attemptsLeft > 0 && !told
}

/** Once more, apart from core. */
export function isTerminal(state: TaskState): boolean {
  return ['COMPLETED', 'DEAD', 'CANCELED', 'EXPIRED'].includes(state)
}
