import { describe, expect, test } from 'vitest'
import * as z from 'zod'
import { type AnyTask, cancel, defineTask, discard, retryIn, snooze } from '../../shared/core/definition.ts'
import { Abortion } from '../../shared/ports/handler-runner.ts'
import { invoke } from '../../shared/worker/invoke.ts'
import { invocationOf, seenHooks } from '../helpers/engine-runner.ts'

const call = (task: AnyTask, payload?: unknown, hooks = seenHooks(), abortion = new Abortion()) =>
  invoke(task, invocationOf(task.name, payload), hooks, abortion)
const returning = (value: unknown) => defineTask({ name: 'task', run: () => value as never })

describe('invoke', () => {
  const ends: Record<string, { value: unknown; end: unknown }> = {
    'a value': { value: { a: 1 }, end: { kind: 'completed', result: '{"a":1}' } },
    nothing: { value: undefined, end: { kind: 'completed', result: undefined } },
    retryIn: {
      value: retryIn('3s', 'later'),
      end: { kind: 'retryIn', delayMs: 3_000, error: { name: 'RetryRequested', message: 'later' } },
    },
    snooze: { value: snooze('1h'), end: { kind: 'snoozed', delayMs: 3_600_000 } },
    cancel: { value: cancel('moot'), end: { kind: 'canceled', reason: 'moot' } },
    discard: {
      value: discard('hopeless'),
      end: { kind: 'discarded', error: { name: 'Discarded', message: 'hopeless', code: 'discarded' } },
    },
    'a BigInt': { value: 1n, end: { kind: 'discarded', error: { code: 'result_unstorable' } } },
    'a function': {
      value: () => 1,
      end: { kind: 'discarded', error: { code: 'result_unstorable', message: expect.stringMatching(/function/) } },
    },
  }
  for (const [what, { value, end }] of Object.entries(ends)) {
    test(`says in plain data what came of it: ${what}`, async () => {
      const seen = await call(returning(value))
      expect(seen).toMatchObject(end as object)
      expect(structuredClone(seen)).toEqual(seen)
    })
  }

  test('an error that the handler asked for has no stack of interest', async () => {
    expect(await call(returning(discard('x')))).not.toHaveProperty('error.stack')
  })

  test('never rejects: what is thrown at once or later has failed', async () => {
    const sync = defineTask({
      name: 'sync',
      run: () => {
        throw new TypeError('a')
      },
    })
    const later = defineTask({
      name: 'later',
      run: async () => {
        throw new TypeError('a')
      },
    })
    for (const task of [sync, later])
      expect(await call(task)).toMatchObject({ kind: 'failed', error: { name: 'TypeError' } })
  })

  test('H36 checks the input before the run, and does not run what does not fit', async () => {
    let ran = 0
    const task = defineTask({ name: 'task', input: z.object({ n: z.number() }), run: () => void ran++ })
    expect(await call(task, { n: 'x' })).toMatchObject({ kind: 'discarded', error: { code: 'payload_invalid' } })
    expect(await call(task)).toMatchObject({ kind: 'discarded', error: { code: 'payload_invalid' } })
    expect(ran).toBe(0)
  })

  test('children are numbered by call, and their delay is in milliseconds', async () => {
    const hooks = seenHooks()
    const task = defineTask({
      name: 'task',
      run: async (_, { enqueue }) => [
        await enqueue('a', 1),
        await enqueue(defineTask({ name: 'b', run: () => 1 }), 2, { delay: '2s', priority: 5 }),
      ],
    })
    await call(task, undefined, hooks)
    expect(hooks.children).toEqual([
      { index: 0, child: { name: 'a', payload: 1 } },
      { index: 1, child: { name: 'b', payload: 2, delayMs: 2_000, priority: 5 } },
    ])
  })

  test('the signal is that of the attempt, also when it is asked for late', async () => {
    const abortion = new Abortion()
    const task = defineTask({
      name: 'task',
      async run(_, context) {
        abortion.abort('stopping')
        return [context.signal.aborted, context.signal.reason.why]
      },
    })
    expect(await call(task, undefined, seenHooks(), abortion)).toMatchObject({ result: '[true,"stopping"]' })
  })

  test('a line that is no text, and fields that change later, are kept as they were', async () => {
    const hooks = seenHooks()
    const fields = { n: 1 }
    const task = defineTask({
      name: 'task',
      run(_, { log }) {
        log.info(42 as never, fields)
        fields.n = 2
      },
    })
    await call(task, undefined, hooks)
    expect(hooks.lines).toEqual([{ level: 'info', message: '42', fields: { n: 1 } }])
  })
})
