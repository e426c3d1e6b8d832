import { describe, expect, test } from 'vitest'
import { defineTask } from '../../shared/core/definition.ts'
import { AttemptAborted } from '../../shared/ports/handler-runner.ts'
import { at } from '../helpers/clock.ts'
import { openQueue } from '../helpers/engine.ts'

describe('an attempt that takes longer than its timeout', () => {
  test('is told so by its signal, and has failed as timed out', async () => {
    const reasons: unknown[] = []
    const slow = defineTask({
      name: 'slow',
      timeout: '5s',
      run: (_, { signal }) =>
        new Promise((_, reject) =>
          signal.addEventListener('abort', () => {
            reasons.push(signal.reason)
            reject(new Error('stopped'))
          }),
        ),
    })
    const queue = await openQueue([slow])
    const { id } = await queue.submit()
    await queue.clock.advance(4_999)
    expect((await queue.row(id)).state).toBe('RUNNING')
    await queue.clock.advance(1)
    expect(await queue.row(id)).toMatchObject({
      state: 'RETRYING',
      lastError: { name: 'TimedOut', code: 'timed_out', message: /5000 ms/ },
    })
    expect(reasons).toEqual([expect.objectContaining({ why: 'timed_out' })])
    expect(reasons[0]).toBeInstanceOf(AttemptAborted)
  })

  test("the task's own timeout goes before its definition's", async () => {
    const queue = await openQueue([
      defineTask({
        name: 'slow',
        timeout: '5s',
        run: (_, { signal }) => new Promise((_, no) => signal.addEventListener('abort', no)),
      }),
    ])
    const { id } = await queue.submit({ timeoutMs: 800 })
    await queue.clock.advance(800)
    expect(await queue.row(id)).toMatchObject({ state: 'RETRYING', lastError: { code: 'timed_out' } })
  })

  test('H36 ends a grace period later though its handler never settles, and gives its slot back', async () => {
    const stuck = defineTask({ name: 'stuck', timeout: '5s', run: () => new Promise(() => {}) })
    const queue = await openQueue([stuck, defineTask({ name: 'next', run: () => 1 })], { concurrency: 1 })
    const { id } = await queue.submit({ maxAttempts: 1 })
    const next = await queue.submit({ name: 'next' })
    await queue.clock.advance(6_999)
    expect((await queue.row(id)).state).toBe('RUNNING')
    expect((await queue.row(next.id)).state).toBe('PENDING')
    await queue.clock.advance(1)
    expect(await queue.row(id)).toMatchObject({
      state: 'DEAD',
      lastError: { code: 'timed_out' },
      finishedAt: at('10:00:07'),
    })
    expect((await queue.row(next.id)).state).toBe('COMPLETED')
  })

  test('a handler that completes in its grace period has completed', async () => {
    const slow = defineTask({
      name: 'slow',
      timeout: '5s',
      run: (_, { signal }) => new Promise<string>(yes => signal.addEventListener('abort', () => yes('just in time'))),
    })
    const queue = await openQueue([slow])
    const { id } = await queue.submit()
    await queue.clock.advance(5_001)
    expect(await queue.row(id)).toMatchObject({ state: 'COMPLETED', result: '"just in time"' })
  })
})
