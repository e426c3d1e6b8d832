import { describe, expect, test } from 'vitest'
import type { BackoffSpec } from '../../shared/core/backoff.ts'
import { cancel, defineTask, discard, retryIn, snooze } from '../../shared/core/definition.ts'
import { at, createManualClock } from '../helpers/clock.ts'
import { createTestEntropy, openQueue, path } from '../helpers/engine.ts'

class OutOfPaper extends Error {
  override name = 'OutOfPaper'
}
const broken = defineTask({
  name: 'broken',
  retry: { maxAttempts: 4 },
  run() {
    throw new OutOfPaper('tray 7 is empty')
  },
})
const none = { jitter: 'none' } as const

describe('a task that fails', () => {
  /** Seconds between its starts. */
  const waits: Record<string, { backoff: BackoffSpec; seconds: number[] }> = {
    fixed: { backoff: { kind: 'fixed', delay: '3s', ...none }, seconds: [3, 3, 3] },
    linear: { backoff: { kind: 'linear', delay: '2s', ...none }, seconds: [2, 4, 6] },
    quadratic: { backoff: { kind: 'quadratic', ...none }, seconds: [1, 4, 9] },
    exponential: { backoff: { kind: 'exponential', delay: '1s', factor: 3, ...none }, seconds: [1, 3, 9] },
    'exponential with a cap': {
      backoff: { kind: 'exponential', delay: '1s', factor: 10, cap: '30s', ...none },
      seconds: [1, 10, 30],
    },
    list: { backoff: { kind: 'list', delays: ['5s', '1s'], ...none }, seconds: [5, 1, 1] },
    'quadratic with full jitter': { backoff: 'quadratic', seconds: [0.5, 2, 4.5] },
  }
  for (const [kind, { backoff, seconds }] of Object.entries(waits)) {
    test(`H49 is tried again after the ${kind} backoff, until its attempts are spent`, async () => {
      const queue = await openQueue([broken])
      const { id } = await queue.submit({ backoff })
      let now = at('10:00:00')
      await queue.clock.advance(0)
      for (const [index, wait] of seconds.entries()) {
        expect(await queue.row(id)).toMatchObject({
          state: 'RETRYING',
          attempt: index + 1,
          attemptsLeft: 3 - index,
          runAt: now + wait * 1_000,
        })
        await queue.clock.advance(wait * 1_000 - 1)
        expect(queue.starts(id)).toHaveLength(index + 1)
        await queue.clock.advance(1)
        now += wait * 1_000
      }
      expect(queue.starts(id)).toEqual([1, 2, 3, 4])
      expect(await queue.row(id)).toMatchObject({ state: 'DEAD', attempt: 4, attemptsLeft: 0, finishedAt: now })
    })
  }

  test('a backoff written in code is used; one that throws does not keep the task from its retry', async () => {
    const seen: unknown[] = []
    const own = defineTask({
      name: 'own',
      retry: {
        maxAttempts: 3,
        backoff(attempt, error) {
          seen.push([attempt, error.name, error.message])
          if (attempt === 2) throw new Error('the backoff is broken too')
          return '7s'
        },
      },
      run() {
        throw new OutOfPaper('x')
      },
    })
    const queue = await openQueue([own])
    const { id } = await queue.submit()
    await queue.clock.advance(0)
    expect((await queue.row(id)).runAt).toBe(at('10:00:07'))
    await queue.clock.advance(7_000)
    expect(await queue.row(id)).toMatchObject({ state: 'RETRYING', attempt: 2 })
    expect(seen).toEqual([
      [1, 'OutOfPaper', 'x'],
      [2, 'OutOfPaper', 'x'],
    ])
  })

  test('H54 keeps its last error, and a line for each attempt', async () => {
    const queue = await openQueue([broken])
    const { id } = await queue.submit({ backoff: { kind: 'fixed', delay: 0, ...none } })
    await queue.clock.advance(10)
    const row = await queue.row(id)
    expect(row.lastError).toMatchObject({
      name: 'OutOfPaper',
      message: 'tray 7 is empty',
      stack: expect.stringContaining('retry.test.ts'),
    })
    expect(row.lastError?.fingerprint).toMatch(/^[0-9a-f]{16}$/)
    expect(path(row)).toEqual([
      'PENDING',
      'RUNNING',
      'RETRYING',
      'RUNNING',
      'RETRYING',
      'RUNNING',
      'RETRYING',
      'RUNNING',
      'DEAD',
    ])
    expect(row.history.filter(({ why }) => why).map(({ attempt, why }) => [attempt, why])).toEqual(
      [1, 2, 3, 4].map(attempt => [attempt, 'OutOfPaper: tray 7 is empty']),
    )
  })

  test('a task that works the second time ends COMPLETED', async () => {
    const flaky = defineTask({
      name: 'flaky',
      run(_, { attempt }) {
        if (attempt === 1) throw new Error('not yet')
        return attempt
      },
    })
    const queue = await openQueue([flaky])
    const { id } = await queue.submit()
    await queue.clock.advance(5_000)
    expect(await queue.row(id)).toMatchObject({ state: 'COMPLETED', result: '2', attempt: 2, attemptsLeft: 3 })
  })

  test('P4 a task of one attempt is not tried again', async () => {
    const queue = await openQueue([broken])
    const { id } = await queue.submit({ maxAttempts: 1 })
    await queue.clock.advance(60_000)
    expect(await queue.row(id)).toMatchObject({ state: 'DEAD', attempt: 1 })
  })

  test('its history stays within its bounds over a hundred attempts', async () => {
    const queue = await openQueue([broken])
    const { id } = await queue.submit({ maxAttempts: 100, backoff: { kind: 'fixed', delay: 1, ...none } })
    await queue.clock.advance(100)
    const { history, state, attempt } = await queue.row(id)
    expect({ state, attempt }).toEqual({ state: 'DEAD', attempt: 100 })
    expect(history.length).toBeLessThanOrEqual(50)
    expect(history[0]).toMatchObject({ to: 'PENDING' })
    expect(history.reduce((sum, { folded }) => sum + (folded ?? 1), 0)).toBe(201)
  })
})

describe('what a handler asks for', () => {
  test('retryIn fails the attempt and names the delay itself', async () => {
    const asks = defineTask({
      name: 'asks',
      retry: { maxAttempts: 2 },
      run: () => retryIn('42s', 'the bank is closed'),
    })
    const queue = await openQueue([asks])
    const { id } = await queue.submit()
    await queue.clock.advance(0)
    expect(await queue.row(id)).toMatchObject({
      state: 'RETRYING',
      runAt: at('10:00:42'),
      attemptsLeft: 1,
      lastError: { name: 'RetryRequested', message: 'the bank is closed' },
    })
    await queue.clock.advance(42_000)
    expect(await queue.row(id)).toMatchObject({ state: 'DEAD', attempt: 2 })
  })

  test('P4 snooze costs no attempt, and starts stay within maxAttempts and snoozes', async () => {
    const later = defineTask({
      name: 'later',
      retry: { maxAttempts: 2, backoff: { kind: 'fixed', delay: '1s', ...none } },
      run(_, { attempt }) {
        if (attempt <= 5) return snooze('10s')
        throw new Error('x')
      },
    })
    const queue = await openQueue([later])
    const { id } = await queue.submit()
    await queue.clock.advance(20_000)
    expect(await queue.row(id)).toMatchObject({ state: 'PENDING', attempt: 3, attemptsLeft: 2, runAt: at('10:00:30') })
    expect((await queue.row(id)).lastError).toBeUndefined()
    await queue.clock.advance(60_000)
    expect(queue.starts(id)).toEqual([1, 2, 3, 4, 5, 6, 7])
    expect(await queue.row(id)).toMatchObject({ state: 'DEAD', attempt: 7 })
  })

  test('cancel ends the task CANCELED', async () => {
    const queue = await openQueue([defineTask({ name: 'moot', run: () => cancel('the customer has left') })])
    const { id } = await queue.submit()
    await queue.clock.advance(0)
    const row = await queue.row(id)
    expect(row).toMatchObject({ state: 'CANCELED', attempt: 1, attemptsLeft: 4 })
    expect(row.history.at(-1)).toMatchObject({ to: 'CANCELED', attempt: 1, why: 'the customer has left' })
  })

  test('discard ends the task DEAD, whatever attempts are left', async () => {
    const queue = await openQueue([defineTask({ name: 'hopeless', run: () => discard('no such customer') })])
    const { id } = await queue.submit()
    await queue.clock.advance(0)
    expect(await queue.row(id)).toMatchObject({
      state: 'DEAD',
      attempt: 1,
      attemptsLeft: 4,
      lastError: { code: 'discarded', message: 'no such customer' },
    })
  })

  test('a value that only looks like an outcome is a result', async () => {
    const queue = await openQueue([defineTask({ name: 'plain', run: () => ({ kind: 'snooze', delayMs: 5 }) })])
    const { id } = await queue.submit()
    await queue.clock.advance(0)
    expect(await queue.row(id)).toMatchObject({ state: 'COMPLETED', result: '{"kind":"snooze","delayMs":5}' })
  })
})

test('H49 with full jitter two tasks of one failure do not come back together', async () => {
  const clock = createManualClock()
  let draws = 0
  const entropy = { ...createTestEntropy(clock), random: () => (draws++ % 2 ? 0.9 : 0.1) }
  const queue = await openQueue([broken], { clock, entropy })
  const rows = await Promise.all([1, 2].map(() => queue.submit({ backoff: { kind: 'fixed', delay: '10s' } })))
  await clock.advance(0)
  const times = await Promise.all(rows.map(async ({ id }) => (await queue.row(id)).runAt - at('10:00:00')))
  expect(times.toSorted((a, b) => a - b)).toEqual([1_000, 9_000])
})
