import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { TaskError } from '../../shared/core/task.ts'
import { ERROR_BYTES, lostWorkerError, taskError } from '../../shared/core/task-error.ts'

const bytes = (error: TaskError) => Buffer.byteLength(JSON.stringify(error))

/** What must hold of whatever was thrown. */
function expectSound(error: TaskError): void {
  expect(JSON.parse(JSON.stringify(error))).toEqual(error)
  for (const text of [error.name, error.message, error.stack ?? '']) expect(typeof text).toBe('string')
  expect(error.fingerprint).toMatch(/^[0-9a-f]{16}$/)
  expect(bytes(error)).toBeLessThanOrEqual(4_096)
}

describe('an Error', () => {
  test('keeps its name, message and stack', () => {
    const thrown = new RangeError('the mailbox is full')
    expect(taskError(thrown)).toEqual({
      name: 'RangeError',
      message: 'the mailbox is full',
      stack: thrown.stack,
      fingerprint: expect.stringMatching(/^[0-9a-f]{16}$/),
    })
  })

  test('keeps the code of what ended the attempt, if Pulse did', () => {
    expect(taskError(new Error('too slow'), 'timed_out').code).toBe('timed_out')
    expect(taskError(new Error('too slow'))).not.toHaveProperty('code')
  })

  test('keeps the name of its own class', () => {
    class MailboxFull extends Error {
      override name = 'MailboxFull'
    }
    expect(taskError(new MailboxFull('13 letters'))).toMatchObject({ name: 'MailboxFull', message: '13 letters' })
  })

  test('needs no stack', () => {
    const thrown = new Error('bare')
    delete thrown.stack
    expect(taskError(thrown)).not.toHaveProperty('stack')
  })

  test('of another realm is told apart from an empty object', () => {
    const foreign: unknown = runInNewContext('new RangeError("the mailbox is full")')
    expect(taskError(foreign)).toMatchObject({ name: 'RangeError', message: 'the mailbox is full' })
  })
})

describe('anything else', () => {
  test.each<[unknown, string]>([
    ['no', 'string: no'],
    ['', 'string: '],
    [42, 'number: 42'],
    [Number.NaN, 'number: NaN'],
    [10n, 'bigint: 10'],
    [false, 'boolean: false'],
    [undefined, 'undefined: undefined'],
    [null, 'object: null'],
    [Symbol('no'), 'symbol: Symbol(no)'],
    [{ status: 503 }, 'object: {"status":503}'],
    [[1, 2], 'object: [1,2]'],
    [Object.create(null), 'object: {}'],
  ])('is described by its type and value: %o', (thrown, words) => {
    const error = taskError(thrown)
    expect(error).toMatchObject({ name: 'NonError', message: `a handler threw ${words}` })
    expectSound(error)
  })
})

describe('what resists description', () => {
  const broken = (): never => {
    throw new Error('not even this')
  }
  const circular: Record<string, unknown> = {}
  circular.self = circular
  const revoked = Proxy.revocable({}, {})
  revoked.revoke()
  const everyTrap = new Proxy({}, { get: broken, getPrototypeOf: broken, ownKeys: broken, has: broken })
  const withGetter = (field: 'name' | 'message' | 'stack', get: () => unknown) =>
    Object.defineProperty(new Error('plain'), field, { get })
  let reads = 0

  test.each<[string, unknown]>([
    ['a circular object', circular],
    ['a bigint inside', { amount: 1n }],
  ])('%s', (_name, thrown) => {
    const message = 'a handler threw something that cannot be described'
    expect(taskError(thrown)).toMatchObject({ name: 'NonError', message })
    expectSound(taskError(thrown))
  })

  test.each<[string, unknown]>([
    ['a getter that throws', Object.defineProperty({}, 'x', { get: broken, enumerable: true })],
    ['a toJSON that throws', { toJSON: broken }],
    ['a toJSON that answers nothing', { toJSON: () => undefined }],
    ['a function', broken],
    ['a function that cannot be printed', Object.assign(() => 1, { toString: broken })],
    ['a proxy whose every trap throws', everyTrap],
    ['a revoked proxy', revoked.proxy],
    ['an error whose name throws', withGetter('name', broken)],
    ['an error whose message throws', withGetter('message', broken)],
    ['an error whose stack throws', withGetter('stack', broken)],
    ['an error whose name is a symbol', withGetter('name', () => Symbol('x'))],
    ['an error whose message is an object', withGetter('message', () => ({ toString: broken }))],
    ['an error whose message is nothing', withGetter('message', () => undefined)],
    ['an error whose stack is a list', withGetter('stack', () => ['at'])],
  ])('%s', (_name, thrown) => {
    expectSound(taskError(thrown))
  })

  test('an error whose stack is a text at the first look only', () => {
    const stack = () => (reads++ % 2 === 0 ? 'Error: plain' : 17)
    expectSound(taskError(withGetter('stack', stack)))
  })
})

describe('size', () => {
  test('the limit is 4 KB', () => {
    expect(ERROR_BYTES).toBe(4_096)
  })

  test('a huge message keeps its beginning, and leaves room for some of the stack', () => {
    const error = taskError(new Error(`first ${'x'.repeat(1_000_000)}`))
    expect(error.message).toBe(`first ${'x'.repeat(994)}`)
    expect(error.stack?.length).toBeGreaterThan(1_000)
    expectSound(error)
  })

  test('a huge name keeps 100 characters', () => {
    const error = taskError(Object.assign(new Error('m'), { name: 'N'.repeat(5_000) }))
    expect(error.name).toBe('N'.repeat(100))
    expectSound(error)
  })

  test('a huge stack fills what is left', () => {
    const thrown = Object.assign(new Error('m'), {
      stack: `Error: m\n${'    at somewhere (/app/a.ts:1:1)\n'.repeat(9_000)}`,
    })
    const error = taskError(thrown)
    expect(thrown.stack.startsWith(error.stack ?? 'none')).toBe(true)
    expect(bytes(error)).toBeGreaterThan(3_500)
    expectSound(error)
  })

  test.each([
    ['three bytes each', '語'],
    ['a pair of surrogates', '🧨'],
    ['half a pair', '\ud800'],
    ['quotes', '"'],
  ])('a message and a stack of %s', (_name, character) => {
    const text = character.repeat(9_000)
    expectSound(taskError(Object.assign(new Error(text), { name: text, stack: text }), 'result_unstorable'))
    expectSound(taskError(Object.assign(new Error('short'), { name: text, stack: text }), 'result_unstorable'))
    expectSound(taskError(text))
  })

  test('text that is cut in the middle of a character stays text', () => {
    const error = taskError(Object.assign(new Error(`x${'🧨'.repeat(2_000)}`), { name: `x${'🧨'.repeat(90)}` }))
    for (const text of [error.name, error.message, error.stack ?? '']) expect(text.isWellFormed()).toBe(true)
    expect(error.message.startsWith('x🧨🧨')).toBe(true)
    expectSound(error)
  })

  test.each([
    ['control characters, six bytes each in JSON', '\u0000'],
    ['colours of a terminal', '\u001b[31m'],
  ])('a message of %s', (_name, character) => {
    expectSound(taskError(new Error(character.repeat(1_000))))
  })

  test('whatever is thrown', () => {
    const text = fc.oneof(fc.string({ unit: 'binary', maxLength: 3_000 }), fc.string({ maxLength: 3_000 }))
    const errors = fc
      .record({ name: text, message: text, stack: text })
      .map(({ name, message, stack }) => Object.assign(new Error(message), { name, stack }))
    const things = fc.anything({ withBigInt: true, withNullPrototype: true, withObjectString: true })
    fc.assert(
      fc.property(fc.oneof(errors, text, things), thrown => {
        expectSound(taskError(thrown, 'payload_invalid'))
      }),
      { numRuns: 500 },
    )
  })
})

test('H31 a worker that is lost leaves an error of its own', () => {
  expect(lostWorkerError(4)).toEqual({
    name: 'CrashLoop',
    message: 'the worker of attempt 4 stopped without an answer, and no attempt is left',
    code: 'crash_loop',
    fingerprint: lostWorkerError(5).fingerprint,
  })
})
