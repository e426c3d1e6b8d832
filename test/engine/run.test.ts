import { describe, expect, test } from 'vitest'
import * as z from 'zod'
import { type AnyTask, defineTask } from '../../shared/core/definition.ts'
import { openQueue } from '../helpers/engine.ts'
import { openStore } from '../helpers/engine-workers.ts'

async function endOf(task: AnyTask, payload?: unknown) {
  const queue = await openQueue([task])
  const { id } = await queue.submit(payload === undefined ? { maxAttempts: 2 } : { payload, maxAttempts: 2 })
  await queue.clock.advance(100)
  return queue.row(id)
}

describe('the result of a handler', () => {
  const circular: Record<string, unknown> = {}
  circular.self = circular
  const results: Record<string, { value: unknown; stored: string | undefined }> = {
    'an object': { value: { a: [1, null, 'ü'], gone: undefined }, stored: '{"a":[1,null,"ü"]}' },
    nothing: { value: undefined, stored: undefined },
    null: { value: null, stored: 'null' },
    'an empty text': { value: '', stored: '""' },
    'a date': { value: new Date(0), stored: '"1970-01-01T00:00:00.000Z"' },
    'something with a toJSON': { value: { toJSON: () => 7 }, stored: '7' },
  }
  for (const [what, { value, stored }] of Object.entries(results)) {
    test(`H8 ${what} is stored`, async () => {
      const row = await endOf(defineTask({ name: 'task', run: () => value as never }))
      expect([row.state, row.result]).toEqual(['COMPLETED', stored])
    })
  }

  const unstorable: Record<string, unknown> = {
    'a BigInt': 1n,
    'a circle': circular,
    'a function': () => 1,
    'a symbol': Symbol('x'),
    'a deep surprise': {
      a: {
        toJSON: () => {
          throw new Error('surprise')
        },
      },
    },
    '257 KB': 'x'.repeat(257 * 1_024),
    'more bytes than letters': 'ü'.repeat(140_000),
  }
  for (const [what, value] of Object.entries(unstorable)) {
    test(`H43 ${what} ends the task for good, because the next time would be the same`, async () => {
      const row = await endOf(defineTask({ name: 'task', run: () => value as never }))
      expect(row).toMatchObject({
        state: 'DEAD',
        attempt: 1,
        attemptsLeft: 1,
        lastError: { code: 'result_unstorable' },
      })
      expect(row.result).toBeUndefined()
    })
  }

  test('H7 a large one lies beside the row, and is read with it', async () => {
    const large = 'x'.repeat(200_000)
    const queue = await openQueue([defineTask({ name: 'large', run: () => large })])
    const { id } = await queue.submit()
    await queue.clock.advance(1)
    const row = await queue.row(id)
    expect(row).toMatchObject({ state: 'COMPLETED', resultAt: expect.any(String) })
    expect(row.result).toBeUndefined()
    expect((await queue.engine.get({ owner: 'local', by: 'x', role: 'viewer' }, id)).result).toBe(JSON.stringify(large))
  })
})

describe('what a handler throws', () => {
  const thrown: Record<string, { value: unknown; message: RegExp }> = {
    'a text': { value: 'no', message: /a handler threw string: no/ },
    undefined: { value: undefined, message: /undefined/ },
    null: { value: null, message: /null/ },
    'a BigInt': { value: 10n, message: /10/ },
    'an object': { value: { reason: 'x' }, message: /"reason":"x"/ },
    'a thing with traps': {
      value: new Proxy(
        {},
        {
          get() {
            throw new Error('trap')
          },
        },
      ),
      message: /./,
    },
  }
  for (const [what, { value, message }] of Object.entries(thrown)) {
    test(`that is no Error but ${what} fails the attempt in words`, async () => {
      const row = await endOf(
        defineTask({
          name: 'task',
          run: () => {
            throw value
          },
        }),
      )
      expect(row).toMatchObject({
        state: 'RETRYING',
        lastError: { name: 'NonError', message: expect.stringMatching(message) },
      })
    })
  }

  test('at once or later is the same', async () => {
    for (const run of [
      () => {
        throw new TypeError('sync')
      },
      async () => {
        throw new TypeError('async')
      },
    ]) {
      expect(await endOf(defineTask({ name: 'task', run }))).toMatchObject({
        state: 'RETRYING',
        lastError: { name: 'TypeError', message: /sync$/ },
      })
    }
  })
})

describe('the input of a handler', () => {
  test('is what its schema makes of the payload, checked before each run', async () => {
    const seen: unknown[] = []
    const task = defineTask({
      name: 'task',
      input: z.object({ n: z.number(), at: z.string().default('now') }),
      run: input => void seen.push(input),
    })
    await endOf(task, { n: 1 })
    expect(seen).toEqual([{ n: 1, at: 'now' }])
  })

  test('that no longer fits ends the task for good: a requeue with another payload can help, a retry cannot', async () => {
    const before = defineTask({ name: 'task', input: z.object({ n: z.number() }), run: () => 1 })
    const after = defineTask({ name: 'task', input: z.object({ m: z.number() }), run: () => 2 })
    const store = openStore([before])
    const { id, name } = await store.submit({ payload: { n: 1 } })
    expect(await store.worker([after]).handle({ id, name })).toBe('ack')
    expect(await store.row(id)).toMatchObject({ state: 'DEAD', attempt: 1, lastError: { code: 'payload_invalid' } })
  })

  test('a schema that throws fails the attempt only', async () => {
    const task = defineTask({
      name: 'task',
      input: {
        '~standard': {
          version: 1,
          vendor: 'x',
          validate: input => {
            if (input === 'bad') throw new Error('schema')
            return { value: input }
          },
        },
      },
      run: () => 1,
    })
    const store = openStore([defineTask({ name: 'task', run: () => 1 })])
    const { id, name } = await store.submit({ payload: 'bad' })
    await store.worker([task]).handle({ id, name })
    expect(await store.row(id)).toMatchObject({ state: 'RETRYING', lastError: { message: 'schema' } })
  })

  test('H7 a large payload reaches the handler whole', async () => {
    const large = 'ü'.repeat(100_000)
    const row = await endOf(defineTask({ name: 'task', run: input => String(input).length }), large)
    expect(row).toMatchObject({ state: 'COMPLETED', result: '100000' })
  })

  test('H8 nothing, null and odd keys are told apart', async () => {
    const kind = defineTask({ name: 'task', run: input => (input === undefined ? 'nothing' : JSON.stringify(input)) })
    expect((await endOf(kind)).result).toBe('"nothing"')
    expect((await endOf(kind, null)).result).toBe('"null"')
    expect((await endOf(kind, JSON.parse('{"__proto__":{"x":1},"":0}'))).result).toBe(
      JSON.stringify('{"__proto__":{"x":1},"":0}'),
    )
  })
})
