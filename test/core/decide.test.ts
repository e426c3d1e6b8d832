import { describe, expect, test } from 'vitest'
import { decide } from '../../shared/core/decide.ts'
import type { Outcome } from '../../shared/core/outcome.ts'
import type { TaskRow } from '../../shared/core/task.ts'
import { apply } from '../helpers/core-apply.ts'
import { at, error, lease, now, runningRow } from '../helpers/core-fixtures.ts'

const told: TaskRow = { ...runningRow, attemptsLeft: 0, cancelRequestedAt: at('09:59:57') }
const last: TaskRow = { ...runningRow, attemptsLeft: 0 }

/** The row after an outcome: a backoff of 7 s per attempt, a draw of a quarter, a result of 1. */
function rowAfter(outcome: Outcome, row: TaskRow = runningRow): TaskRow | undefined {
  return apply(decide(outcome, lease, row, { kind: 'linear', delay: '7s' }, now, 0.25, { text: '1' }), row)
}

const outcomes = {
  completed: { kind: 'completed', result: '"stored elsewhere by the caller"' },
  failed: { kind: 'failed', error },
  retryIn: { kind: 'retryIn', delayMs: 91_000, error },
  snoozed: { kind: 'snoozed', delayMs: 97_000 },
  canceled: { kind: 'canceled', reason: 'the order was withdrawn' },
  discarded: { kind: 'discarded', error },
  released: { kind: 'released', reason: 'the worker stops' },
} as const satisfies { [Kind in Outcome['kind']]: Extract<Outcome, { kind: Kind }> }

describe('an outcome with attempts left', () => {
  test('completed ends the task with the result where the caller put it', () => {
    const row = rowAfter(outcomes.completed)
    expect(row).toMatchObject({ state: 'COMPLETED', result: '1', finishedAt: now })
    expect(row?.history.at(-1)).toEqual({ at: now, to: 'COMPLETED', attempt: 7 })
  })

  test('failed waits for the backoff of this attempt, with jitter', () => {
    const row = rowAfter(outcomes.failed) // attempt 7: up to 49 s
    expect(row).toMatchObject({ state: 'RETRYING', wakeAt: now + 12_250, lastError: error })
  })

  test('failed asks a backoff function with the error', () => {
    const asked: unknown[] = []
    const backoff = (...given: unknown[]) => {
      asked.push(given)
      return '47s'
    }
    const change = decide(outcomes.failed, lease, runningRow, backoff, now, 0.25, {})
    expect(asked).toEqual([[7, error]])
    expect(apply(change, runningRow)?.wakeAt).toBe(now + 47_000)
  })

  test('retryIn waits as long as the handler asked, without backoff or jitter', () => {
    expect(rowAfter(outcomes.retryIn)).toMatchObject({ state: 'RETRYING', wakeAt: now + 91_000, attemptsLeft: 2 })
  })

  test('snoozed waits as long as the handler asked and gives the attempt back', () => {
    expect(rowAfter(outcomes.snoozed)).toMatchObject({ state: 'PENDING', wakeAt: now + 97_000, attemptsLeft: 3 })
  })

  test('canceled ends the task for the reason of its handler', () => {
    const row = rowAfter(outcomes.canceled)
    expect(row?.state).toBe('CANCELED')
    expect(row?.history.at(-1)?.why).toBe('the order was withdrawn')
  })

  test('discarded ends it dead', () => {
    expect(rowAfter(outcomes.discarded)).toMatchObject({ state: 'DEAD', lastError: error, attemptsLeft: 2 })
  })

  test('released makes it due at once and gives the attempt back', () => {
    const row = rowAfter(outcomes.released)
    expect(row).toMatchObject({ state: 'PENDING', wakeAt: now, attemptsLeft: 3 })
    expect(row?.history.at(-1)?.why).toBe('the worker stops')
  })
})

describe('an outcome of the last attempt', () => {
  test.each<[Outcome['kind'], string]>([
    ['completed', 'COMPLETED'],
    ['failed', 'DEAD'],
    ['retryIn', 'DEAD'],
    ['snoozed', 'PENDING'],
    ['canceled', 'CANCELED'],
    ['discarded', 'DEAD'],
    ['released', 'PENDING'],
  ])('H54 %s → %s', (kind, state) => {
    expect(rowAfter(outcomes[kind], last)?.state).toBe(state)
  })
})

describe('an outcome when cancel was requested', () => {
  test.each<[Outcome['kind'], string]>([
    ['completed', 'COMPLETED'], // H59 who completes first, wins
    ['failed', 'CANCELED'],
    ['retryIn', 'CANCELED'],
    ['snoozed', 'CANCELED'],
    ['canceled', 'CANCELED'],
    ['discarded', 'CANCELED'],
    ['released', 'CANCELED'],
  ])('H51 %s → %s', (kind, state) => {
    expect(rowAfter(outcomes[kind], told)?.state).toBe(state)
  })

  test.each<[Outcome['kind'], string | undefined]>([
    ['completed', 'COMPLETED'],
    ['failed', undefined],
    ['retryIn', undefined],
    ['snoozed', undefined],
    ['canceled', 'CANCELED'],
    ['discarded', undefined],
    ['released', undefined],
  ])('H51 %s of a worker that does not know it yet → %s', (kind, state) => {
    const change = decide(outcomes[kind], lease, runningRow, 'fixed', now, 0.25, {})
    expect(apply(change, told)?.state).toBe(state)
  })
})

test.each(Object.values(outcomes))('P3 $kind of a stale worker is refused', outcome => {
  const change = decide(outcome, lease, runningRow, 'fixed', now, 0.25, {})
  expect(apply(change, { ...runningRow, leaseToken: 'token-other' })).toBeUndefined()
})

test.each([outcomes.retryIn, outcomes.snoozed])('H49 $kind for ages leaves a wake time that is a date', outcome => {
  const row = rowAfter({ ...outcome, delayMs: Number.MAX_SAFE_INTEGER })
  expect(new Date(row?.wakeAt ?? Number.NaN).getTime()).toBe(row?.wakeAt)
})
