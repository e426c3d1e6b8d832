import { isDeepStrictEqual } from 'node:util'
import { describe, expect, test } from 'vitest'
import type { Change } from '../../shared/core/change.ts'
import { lifecycle } from '../../shared/core/lifecycle.ts'
import type { TaskRow } from '../../shared/core/task.ts'
import * as core from '../../shared/core/transitions.ts'
import { judge } from '../../shared/core/verdict.ts'
import { apply } from '../helpers/core-apply.ts'
import {
  allCells,
  type Cell,
  cellsOf,
  cellsPerState,
  dimensions,
  isPossible,
  isTerminal,
  readRow,
  storedRow,
  type Transition,
} from '../helpers/core-cells.ts'
import { hint, now } from '../helpers/core-fixtures.ts'
import { type Expected, expected, inputs, type Written } from '../helpers/core-oracle.ts'

const { by, claimer, holder } = inputs

/** Asks core for each transition, on the row that its writer knows. */
const ask: Record<Transition, (read: TaskRow) => Change> = {
  submit: row => core.submit({ ...row }, now),
  claim: row => core.claim({ ...hint, task: row.id, messageId: inputs.message }, claimer, now),
  heartbeat: () => core.heartbeat(holder),
  reportProgress: () => core.reportProgress(holder, inputs.progress),
  complete: row => core.complete(holder, row.attempt, { text: inputs.result }, now),
  fail: row => core.fail(holder, row, inputs.error, inputs.retryDelayMs, now),
  snooze: row => core.snooze(holder, row, inputs.snoozeDelayMs, now),
  release: row => core.release(holder, row, now, 'the worker stops'),
  stop: row => core.stop(holder, row, 'nothing to do', now),
  discard: row => core.discard(holder, row, inputs.error, now),
  cancel: row => core.cancel(row, now, by),
  requestCancel: row => core.requestCancel(row, now, by),
  edit: row => core.edit(row, inputs.edit, now, by),
  requeue: row => core.requeue(row, now, by),
  expire: row => core.expire(row, now),
  bury: row => core.bury(row, now),
}

/** Which changes the engine makes of a row that it has read is written in lifecycle.ts and verdict.ts. */
function isAsked(transition: Transition, read: TaskRow): boolean {
  const decidedOnTheRow: Transition[] = ['cancel', 'requestCancel', 'edit', 'requeue', 'expire', 'bury']
  if (!decidedOnTheRow.includes(transition)) return true
  if (transition === 'bury' && judge(hint, read, now).do !== 'bury') return false
  const from: readonly string[] = lifecycle[transition].from
  return from.includes(read.state)
}

function actual(cell: Cell): Expected {
  const read = readRow(cell)
  if (!isAsked(cell.transition, read)) return 'not asked'
  const change = ask[cell.transition](read)
  const row = apply(change, storedRow(cell))
  if (row === undefined) return 'refused'
  return {
    row,
    ...(change.hintAt !== undefined && { hintAt: change.hintAt }),
    ...('backstopAt' in change && change.backstopAt !== undefined && { backstopAt: change.backstopAt }),
  }
}

/** The table compares everything but wording: reasons, messages and the attempt of a line have tests of their own. */
function withoutWords(result: Expected): unknown {
  if (typeof result === 'string') return result
  const { history, lastError, ...row } = result.row
  const lines = history.map(line => ({ at: line.at, to: line.to, by: line.by }))
  return { ...result, row: { ...row, lines, error: lastError && { name: lastError.name, code: lastError.code } } }
}

function wrongCells(cells: Iterable<Cell>): { seen: number; wrong: unknown[] } {
  const wrong: unknown[] = []
  let seen = 0
  for (const cell of cells) {
    seen += 1
    const [is, shouldBe] = [withoutWords(actual(cell)), withoutWords(expected(cell))]
    if (!isDeepStrictEqual(is, shouldBe) && wrong.length < 3) wrong.push({ cell, is, shouldBe })
  }
  return { seen, wrong }
}

describe('P3 P4 H51 H58 H59 H62 every transition of every row', () => {
  for (const transition of dimensions.transition) {
    for (const state of dimensions.state) {
      test(`${transition}, ${state}`, () => {
        const { seen, wrong } = wrongCells(cellsOf(transition, state))
        expect(wrong).toEqual([])
        expect(seen).toBe(cellsPerState)
      })
    }
  }
})

describe('the table itself', () => {
  test('has one cell for each combination: 16 transitions, 7 states, 3 tokens, 4 wake times, and so on', () => {
    const cells = [...allCells()]
    expect(cells).toHaveLength(16 * 7 * 3 * 4 * 2 * 4 * 2 * 4)
    expect(cells).toHaveLength(86_016)
    expect(new Set(cells.map(cell => Object.values(cell).join())).size).toBe(cells.length)
  })

  // Counted by hand from the design: states × tokens × wake times × attempts × expiries × requests × since.
  test.each<[Transition, number]>([
    ['submit', 0],
    ['claim', 7 * 3 * 2 * 1 * 2 * 2 * 2], // due, attempts left, not expired; neither canceled nor kept alive since
    ['heartbeat', 7 * 1 * 3 * 2 * 4 * 2 * 3], // mine, with a wake time that no later heartbeat has moved
    ['reportProgress', 7 * 1 * 4 * 2 * 4 * 2 * 4], // mine
    ['complete', 7 * 1 * 4 * 2 * 4 * 2 * 4],
    ['stop', 7 * 1 * 4 * 2 * 4 * 2 * 4],
    ['fail', 7 * 1 * 4 * 2 * 4 * (4 + 3)], // mine; a request that came since is missed unless one was known
    ['snooze', 7 * 1 * 4 * 2 * 4 * (4 + 3)],
    ['release', 7 * 1 * 4 * 2 * 4 * (4 + 3)],
    ['discard', 7 * 1 * 4 * 2 * 4 * (4 + 3)],
    ['cancel', 2 * 3 * 4 * 2 * 4 * 2 * 2], // waiting; nothing, or nothing visible, since
    ['requestCancel', 1 * 3 * 4 * 2 * 4 * 2 * 2],
    ['edit', 1 * 3 * 4 * 2 * 4 * 2 * 2],
    ['requeue', 4 * 3 * 4 * 2 * 4 * 2 * 2],
    ['expire', 2 * 3 * 4 * 2 * 2 * 2 * 2], // its time is over
    ['bury', 3 * 3 * 2 * (4 + 2) * 2 * 1], // due; spent, or left but expired; nothing since
  ])('%s is written in %i cells', (transition, count) => {
    const ofTransition = dimensions.state.flatMap(state => [...cellsOf(transition, state)])
    expect(ofTransition.filter(cell => typeof actual(cell) !== 'string')).toHaveLength(count)
  })
})

describe('what no transition may do to a row that can exist', () => {
  const steps = [...allCells()].flatMap(cell => {
    const [read, row] = [readRow(cell), storedRow(cell)]
    if (!isPossible(read) || !isPossible(row)) return []
    const result = actual(cell)
    return typeof result === 'string' ? [] : [{ cell, before: row, after: result }]
  })
  const violations = (rule: (before: TaskRow, after: Written, cell: Cell) => boolean) =>
    steps.filter(({ cell, before, after }) => !rule(before, after, cell)).map(({ cell }) => cell)

  test('the rows of the table that can exist meet every transition but submit', () => {
    expect(new Set(steps.map(({ cell }) => cell.transition)).size).toBe(15)
  })
  test('P3 a terminal state changes by requeue only', () => {
    expect(violations((before, _after, cell) => !isTerminal(before.state) || cell.transition === 'requeue')).toEqual([])
  })
  test('P4 the number of attempts only grows within a run, and starts again at 0 in the next', () => {
    const keeps = (before: TaskRow, { row }: Written) =>
      row.run === before.run ? row.attempt >= before.attempt : row.run === before.run + 1 && row.attempt === 0
    expect(violations(keeps)).toEqual([])
  })
  test('P4 attempts left stay within 0 and maxAttempts', () => {
    const keeps = (_before: TaskRow, { row }: Written) => row.attemptsLeft >= 0 && row.attemptsLeft <= row.maxAttempts
    expect(violations(keeps)).toEqual([])
  })
  test('a terminal row has no wake time, no token, no holder, and an end', () => {
    const keeps = (_before: TaskRow, { row }: Written) =>
      !isTerminal(row.state) ||
      (!('wakeAt' in row) && !('leaseToken' in row) && !('heldBy' in row) && row.finishedAt !== undefined)
    expect(violations(keeps)).toEqual([])
  })
  test('P5 every other row has a wake time, so somebody will look at it', () => {
    expect(violations((_before, { row }) => isTerminal(row.state) || typeof row.wakeAt === 'number')).toEqual([])
  })
  test('a running row has a token and a holder, a waiting one has neither', () => {
    const keeps = (_before: TaskRow, { row }: Written) =>
      row.state === 'RUNNING'
        ? typeof row.leaseToken === 'string' && typeof row.heldBy === 'string'
        : !('leaseToken' in row) && !('heldBy' in row)
    expect(violations(keeps)).toEqual([])
  })
  test('a row that can exist becomes a row that can exist', () => {
    expect(violations((_before, { row }) => isPossible(row))).toEqual([])
  })
  test('the version grows by one with each change but heartbeats', () => {
    const keeps = (before: TaskRow, { row }: Written, cell: Cell) =>
      row.version === before.version + (cell.transition === 'heartbeat' ? 0 : 1)
    expect(violations(keeps)).toEqual([])
  })
  test('what a task is never changes: id, owner, name, birth, budget', () => {
    const keeps = (before: TaskRow, { row }: Written) =>
      row.id === before.id &&
      row.owner === before.owner &&
      row.name === before.name &&
      row.createdAt === before.createdAt &&
      row.maxAttempts === before.maxAttempts &&
      row.schemaVersion === before.schemaVersion
    expect(violations(keeps)).toEqual([])
  })
  test('P5 a row that becomes waiting, or moves, has a hint on its way for its wake time', () => {
    const keeps = (_before: TaskRow, { row, hintAt }: Written) =>
      row.state === 'RUNNING' || isTerminal(row.state) ? hintAt === undefined : hintAt === row.wakeAt
    expect(violations(keeps)).toEqual([])
  })
})
