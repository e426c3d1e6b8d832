import { describe, expect, expectTypeOf, test } from 'vitest'
import { type AnyTask, createRegistry, type OutcomeValue, type TaskDefinition } from '../../shared/core/definition.ts'
import { checksumFile } from '../../tasks/checksum-file.ts'
import { defaultTask } from '../../tasks/default.ts'
import { echo } from '../../tasks/echo.ts'
import type { fetchUrl } from '../../tasks/fetch-url.ts'
import { flaky } from '../../tasks/flaky.ts'
import tasks from '../../tasks/index.ts'
import { sleep } from '../../tasks/sleep.ts'
import { fakeContext } from './context.ts'

async function accepts(task: AnyTask, value: unknown): Promise<boolean> {
  const checked = await task.input?.['~standard'].validate(value)
  return checked?.issues === undefined
}

test('the registry takes all tasks: names are unique', () => {
  expect([...createRegistry(tasks).keys()]).toEqual(['default', 'echo', 'sleep', 'flaky', 'checksum-file', 'fetch-url'])
})

describe.each([defaultTask, echo])('$name', task => {
  test.each([[undefined], [null], [7], ['text'], [[1, 2]], [{ a: { b: true } }]])(
    'returns its payload: %j',
    payload => {
      expect(task.run(payload, fakeContext())).toBe(payload)
    },
  )
})

describe('sleep', () => {
  test('takes as long as it is told', async () => {
    const result = await sleep.run({ ms: 30 }, fakeContext())
    expect(result).toEqual({ sleptMs: expect.any(Number) })
    expect((result as { sleptMs: number }).sleptMs).toBeGreaterThanOrEqual(28)
  })
  test('stops at once when its signal aborts', async () => {
    const controller = new AbortController()
    const sleeping = sleep.run({ ms: 3_600_000 }, fakeContext({ signal: controller.signal }))
    controller.abort()
    await expect(sleeping).rejects.toMatchObject({ name: 'AbortError' })
  })
  test.each([{ ms: -1 }, { ms: 0.5 }, { ms: '5' }, { ms: 3_600_001 }, {}, { ms: 1, more: 1 }])(
    'refuses %j',
    async input => {
      expect(await accepts(sleep, input)).toBe(false)
    },
  )
  test.each([{ ms: 0 }, { ms: 3_600_000 }])('takes %j', async input => expect(await accepts(sleep, input)).toBe(true))
})

describe('flaky', () => {
  test('fails as often as told, then succeeds', () => {
    const attempt = (number: number) => () => flaky.run({ failures: 2 }, fakeContext({ attempt: number }))
    expect(attempt(1)).toThrow('attempt 1 fails, as do the first 2')
    expect(attempt(2)).toThrow('attempt 2 fails')
    expect(attempt(3)()).toEqual({ attempts: 3 })
  })
  test('0 failures succeed at once', () => expect(flaky.run({ failures: 0 }, fakeContext())).toEqual({ attempts: 1 }))
  test.each([{ failures: -1 }, { failures: 101 }, { failures: 1.5 }, {}, { failures: 1, more: 1 }])(
    'refuses %j',
    async input => {
      expect(await accepts(flaky, input)).toBe(false)
    },
  )
})

test('types of input and result follow from the declaration', () => {
  expectTypeOf(sleep).toEqualTypeOf<TaskDefinition<{ ms: number }, { sleptMs: number }>>()
  expectTypeOf(flaky).toEqualTypeOf<TaskDefinition<{ failures: number }, { attempts: number }>>()
  expectTypeOf(echo).toEqualTypeOf<TaskDefinition<unknown, unknown>>()
  expectTypeOf(checksumFile).toEqualTypeOf<
    TaskDefinition<{ path: string }, { sha256: string; bytes: number; lines: number }>
  >()
  expectTypeOf<Awaited<ReturnType<typeof fetchUrl.run>>>().exclude<OutcomeValue>().toEqualTypeOf<{
    url: string
    status: number
    contentType: string | null
    redirectsTo: string | null
    bytes: number
    sha256: string
  }>()
})
