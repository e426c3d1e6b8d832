import { describe, expect, test } from 'vitest'
import type { FileRow } from '../helpers/data-file.ts'
import type { Effect } from '../helpers/effects.ts'
import { Caller } from './caller.ts'
import { check, recoveries } from './check.ts'
import type { Told } from './history.ts'

/** A task whose first attempt was broken off by a kill at 2,000, and whose second one completed it. */
const row: FileRow = {
  id: 'task_7',
  name: 'work',
  state: 'COMPLETED',
  run: 1,
  attempt: 2,
  attemptsLeft: 38,
  maxAttempts: 40,
  createdAt: 900,
  startedAt: 34_000,
  finishedAt: 34_100,
  wakeAt: null,
  leaseToken: null,
  payload: { n: 7 },
  result: { n: 7, attempt: 2 },
  errorCode: undefined,
  history: ['PENDING', 'RUNNING', 'RUNNING', 'COMPLETED'].map((to, index) => ({ at: 900 + index, to, why: undefined })),
}
const effects: readonly Effect[] = [
  { kind: 'start', id: 'task_7', run: 1, attempt: 1, at: 1_500 },
  { kind: 'start', id: 'task_7', run: 1, attempt: 2, at: 34_000 },
  { kind: 'end', id: 'task_7', run: 1, attempt: 2, at: 34_100 },
]

function told(changes: Partial<Told> = {}): Told {
  const caller = new Caller('http://localhost')
  const sent = { n: 7, name: 'work', key: 'order-7', task: {} }
  caller.log.sending(sent)
  caller.log.acknowledged(sent, 'task_7')
  return { caller, rows: [row], effects, kills: [2_000], ...changes }
}

test('a history as it should be passes, and its recovery is timed', () => {
  check(told())
  expect(recoveries(told())).toEqual([32_000])
})

describe('the check itself sees', () => {
  const started = (attempt: number): Effect => ({ kind: 'start', id: 'task_7', run: 1, attempt, at: 34_050 })
  const wrong: readonly (readonly [string, Partial<Told>])[] = [
    ['a task that was lost', { rows: [] }],
    ['another task in its place', { rows: [{ ...row, payload: { n: 8 } }] }],
    ['two tasks of one submit', { rows: [row, { ...row, id: 'task_8' }] }],
    ['a second end', { rows: [{ ...row, history: [...row.history, { at: 950, to: 'COMPLETED', why: undefined }] }] }],
    ['an attempt that ran twice', { effects: [...effects, started(2)] }],
    ['an attempt that nobody was charged for', { effects: [...effects, started(3)] }],
    ['the result of an attempt that had lost its lease', { rows: [{ ...row, result: { n: 7, attempt: 1 } }] }],
    ['an end that no handler reached', { effects: effects.slice(0, 2) }],
    ['a task that has not ended', { rows: [{ ...row, state: 'RUNNING', leaseToken: 'A' }] }],
    [
      'a recovery that took too long',
      { effects: effects.map(each => ({ ...each, at: each.attempt === 2 ? 63_000 : 1_500 })) },
    ],
  ]
  test.each(wrong)('%s', (_, changes) => {
    expect(() => check(told(changes))).toThrow()
  })
})
