import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import type { BackoffSpec } from '../../shared/core/backoff.ts'
import {
  cancel,
  createRegistry,
  defineTask,
  discard,
  outcomeRequest,
  retryIn,
  snooze,
} from '../../shared/core/definition.ts'

const run = () => 'done'

describe('defineTask', () => {
  test('fills in what was not said', () => {
    expect(defineTask({ name: 'send-email', run })).toStrictEqual({
      name: 'send-email',
      retry: { maxAttempts: 5, backoff: 'quadratic' },
      timeoutMs: 30_000,
      run,
    })
  })

  test('keeps what was said', () => {
    const input = z.object({ to: z.email() })
    const backoff: BackoffSpec = { kind: 'list', delays: ['1s', '1m'] }
    const task = defineTask({ name: 'a', input, retry: { maxAttempts: 12, backoff }, timeout: '90s', run })
    expect(task).toStrictEqual({ name: 'a', input, retry: { maxAttempts: 12, backoff }, timeoutMs: 90_000, run })
  })

  test('takes a backoff written in code', () => {
    const backoff = () => '1s'
    expect(defineTask({ name: 'a', retry: { backoff }, run }).retry).toEqual({ maxAttempts: 5, backoff })
  })

  test.each(['a', '7', 'send-email', 'Mail.send_v2:eu', `a${'b'.repeat(99)}`])('"%s" is a name', name => {
    expect(defineTask({ name, run }).name).toBe(name)
  })

  test.each([
    ...['', ' ', '-a', '.a', '_a', 'a b', 'a/b', 'ä', 'a\n', 'a\u0000', `a${'b'.repeat(100)}`],
    ...['a#b', 'a%', '../a', "a'b"],
  ])('SEC-33 %j is no name', name => {
    const rule = 'letters, digits and . _ : - (at most 100), the first a letter or digit'
    expect(() => defineTask({ name, run })).toThrow(new TypeError(`"${name}" is no task name: ${rule}`))
  })

  test.each([1, 100])('%i attempts are a budget', maxAttempts => {
    expect(defineTask({ name: 'a', retry: { maxAttempts }, run }).retry.maxAttempts).toBe(maxAttempts)
  })

  test.each([0, -1, 101, 1.5, Number.NaN, Number.POSITIVE_INFINITY])('%d attempts are none', maxAttempts => {
    expect(() => defineTask({ name: 'a', retry: { maxAttempts }, run })).toThrow(
      new TypeError('maxAttempts of task "a" must be a whole number from 1 to 100'),
    )
  })

  test.each(['soon', -1, Number.NaN])('a timeout of %s makes no sense', timeout => {
    expect(() => defineTask({ name: 'a', timeout, run })).toThrow(TypeError)
  })

  test.each(['25h', '400d', 86_400_001])('nor does one of %j, which is longer than a day', timeout => {
    const message = 'the timeout of task "a" must be at most a day'
    expect(() => defineTask({ name: 'a', timeout, run })).toThrow(new TypeError(message))
    expect(defineTask({ name: 'a', timeout: '24h', run }).timeoutMs).toBe(86_400_000)
  })

  test.each([0, '0s'])('nor does one of %j, in which no handler can end', timeout => {
    expect(() => defineTask({ name: 'a', timeout, run })).toThrow(
      new TypeError('the timeout of task "a" must be above 0'),
    )
  })

  // Otherwise the first failure of the task throws, when its attempt is to be settled.
  test.each<BackoffSpec>([
    { kind: 'fixed', delay: '5 minutes' },
    { kind: 'linear', delay: -1 },
    { kind: 'quadratic', cap: 'an hour' },
    { kind: 'list', delays: ['1s', 'later'] },
    { kind: 'exponential', factor: Number.NaN },
    { kind: 'cubic' } as unknown as BackoffSpec, // as JavaScript may say
    'cubic' as unknown as BackoffSpec,
  ])('H49 a backoff of %j makes no sense', backoff => {
    expect(() => defineTask({ name: 'a', retry: { backoff }, run })).toThrow(TypeError)
  })
})

describe('createRegistry', () => {
  test('finds tasks by name', () => {
    const [one, other] = [defineTask({ name: 'one', run }), defineTask({ name: 'other', run })]
    const registry = createRegistry([one, other])
    expect(registry.get('one')).toBe(one)
    expect(registry.get('other')).toBe(other)
    expect(registry.get('constructor')).toBeUndefined()
    expect(registry.size).toBe(2)
  })

  test('refuses two tasks of one name', () => {
    const tasks = ['one', 'other', 'one'].map(name => defineTask({ name, run }))
    expect(() => createRegistry(tasks)).toThrow(new TypeError('two tasks are named "one"'))
  })
})

describe('what a handler may return instead of a result', () => {
  test('says what it wants', () => {
    expect(outcomeRequest(retryIn('7s', 'not ready'))).toEqual({ kind: 'retryIn', delayMs: 7_000, reason: 'not ready' })
    expect(outcomeRequest(snooze('2m', 'closed'))).toEqual({ kind: 'snooze', delayMs: 120_000, reason: 'closed' })
    expect(outcomeRequest(cancel('withdrawn'))).toEqual({ kind: 'cancel', reason: 'withdrawn' })
    expect(outcomeRequest(discard('no such user'))).toEqual({ kind: 'discard', reason: 'no such user' })
  })

  test('has a reason even when none is given', () => {
    expect(outcomeRequest(retryIn(1))?.reason).toBe('the handler asked for another attempt')
    expect(outcomeRequest(snooze(1))?.reason).toBe('snoozed')
    expect(outcomeRequest(cancel())?.reason).toBe('canceled by its handler')
  })

  test('refuses what is no delay where it is written', () => {
    expect(() => retryIn('later')).toThrow(TypeError)
    expect(() => snooze(-1)).toThrow(TypeError)
  })

  test('is told apart from every result', () => {
    const results = [undefined, null, 0, '', 'snooze', [], {}, { kind: 'snooze', delayMs: 5, reason: 'x' }, run]
    for (const result of results) expect(outcomeRequest(result)).toBeUndefined()
  })

  test('is known to another copy of the package too', () => {
    expect(Reflect.get(cancel('withdrawn'), Symbol.for('pulse.outcome'))).toEqual({
      kind: 'cancel',
      reason: 'withdrawn',
    })
  })

  test('is not made by data: JSON cannot carry it', () => {
    expect(outcomeRequest(JSON.parse(JSON.stringify(cancel())))).toBeUndefined()
  })
})
