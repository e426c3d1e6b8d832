import { describe, expect, test } from 'vitest'
import { cursorKey } from '../../shared/aws/secret.ts'
import { defineTask } from '../../shared/core/definition.ts'
import type { Pause } from '../../shared/core/dispatch.ts'
import type { LogLine } from '../../shared/ports/log-store.ts'
import { StoreUnavailable } from '../../shared/ports/store-unavailable.ts'
import { systemClock } from '../../shared/runtime/clock.ts'
import { openAwsStore } from '../helpers/aws-store.ts'
import { at } from '../helpers/clock.ts'
import { doFirst, loseAnswer, refuse } from '../helpers/faulty-requests.ts'
import { itemBytes } from '../helpers/item-size.ts'

const open = () => openAwsStore([defineTask({ name: 'quiet', run: () => null })])

describe('the dispatch switch', () => {
  const pause: Pause = {
    selector: { kind: 'all' },
    reason: 'r',
    actor: 'a',
    since: at('10:00:00'),
    until: at('11:00:00'),
  }

  test('P10 is read consistently: what a worker knows is no older than its read', async () => {
    const store = await open()
    await store.backend.dispatch.read()
    expect(store.dynamodb.seen).toMatchObject([{ operation: 'Query', body: { ConsistentRead: true } }])
  })

  test('a pause with a time has its end scheduled before it holds', async () => {
    const store = await open()
    const calls: string[] = []
    store.dynamodb.next(
      'PutItem',
      doFirst(async () => void calls.push('put')),
    )
    store.scheduler.next(
      'POST',
      doFirst(async () => void calls.push('schedule')),
    )
    await store.backend.dispatch.put(pause)
    expect(calls).toEqual(['schedule', 'put'])
    expect(store.scheduler.seen).toMatchObject([
      {
        body: {
          Target: { Arn: store.resources.timers.reconcileArn, Input: '{"resume":true}' },
          ActionAfterCompletion: 'DELETE',
        },
      },
    ])
  })

  test('a pause whose end cannot be scheduled does not hold', async () => {
    const store = await open()
    store.scheduler.always('POST', refuse('AccessDeniedException', 403))
    await expect(store.backend.dispatch.put(pause)).rejects.toBeInstanceOf(StoreUnavailable)
    expect(await store.backend.dispatch.read()).toEqual([])
  })

  test('a pause without a time schedules nothing', async () => {
    const store = await open()
    const { until: _, ...forGood } = pause
    await store.backend.dispatch.put(forGood)
    expect(store.scheduler.seen).toEqual([])
  })
})

describe('texts beside the row', () => {
  test('H7 are compressed, and billed for what that leaves', async () => {
    const store = await open()
    const text = JSON.stringify(Array.from({ length: 2_000 }, (_, index) => ({ index, what: 'a line of many' })))
    await store.backend.blobs.put('task-1', 'key-1', text)
    const [item] = await store.items()
    expect(item?.sk).toEqual({ S: 'body#key-1' })
    expect(itemBytes(item ?? {})).toBeLessThan(text.length / 5)
    expect(await store.backend.blobs.get('task-1', 'key-1')).toBe(text)
  })

  test('a text whose put is answered by nobody is put once', async () => {
    const store = await open()
    store.dynamodb.next('PutItem', loseAnswer)
    await store.backend.blobs.put('task-1', 'key-1', '"text"')
    expect(await store.items()).toHaveLength(1)
  })
})

describe('log lines', () => {
  const line = (number: number, message: string): LogLine => ({
    at: at('10:00:00') + number,
    run: 1,
    attempt: 1,
    level: 'info',
    message,
  })

  test('that are appended together share an item, as far as it holds them', async () => {
    const store = await open()
    const short = Array.from({ length: 100 }, (_, number) => line(number, `line ${number}`))
    await store.backend.logs.append('task-1', short)
    expect(await store.items()).toHaveLength(1)
    const long = Array.from({ length: 100 }, (_, number) => line(1_000 + number, `${number} `.repeat(600)))
    await store.backend.logs.append('task-1', long)
    const items = await store.items()
    expect(items.length).toBeGreaterThan(2)
    expect(items.length).toBeLessThan(10)
    expect(await store.backend.logs.read('task-1', 500)).toEqual({ lines: [...short, ...long] })
  })

  test('are read page by page, whatever items the pages end in', async () => {
    const store = await open()
    const lines = Array.from({ length: 17 }, (_, number) => line(number, `line ${number}`))
    for (const [from, to] of [
      [0, 1],
      [1, 6],
      [6, 7],
      [7, 17],
    ] as const) {
      await store.backend.logs.append('task-1', lines.slice(from, to))
    }
    for (const limit of [1, 2, 3, 5, 16, 17]) {
      const read: LogLine[] = []
      let next: string | undefined
      do {
        const page = await store.backend.logs.read('task-1', limit, next)
        expect(page.lines.length).toBeLessThanOrEqual(limit)
        read.push(...page.lines)
        next = page.next
      } while (next !== undefined)
      expect(read, `${limit} at a time`).toEqual(lines)
    }
  })

  test('whose append is answered by nobody are there once', async () => {
    const store = await open()
    store.dynamodb.next('PutItem', loseAnswer)
    await store.backend.logs.append('task-1', [line(1, 'once')])
    expect(await store.backend.logs.read('task-1', 9)).toEqual({ lines: [line(1, 'once')] })
  })
})

describe('the key for cursors', () => {
  test('is random, made once, and the same for all who ask, also at the same moment', async () => {
    const store = await open()
    const ask = async (table = store.resources.appTable) =>
      Buffer.from(await cursorKey(store.clients.dynamodb, table, systemClock))
    const keys = await Promise.all([ask(), ask(), ask(), ask()])
    for (const key of [...keys, await ask()]) expect(key).toEqual(keys[0])
    expect(keys[0]).toHaveLength(32)
    expect(await ask((await open()).resources.appTable)).not.toEqual(keys[0])
  })

  test('that was made and whose answer was lost is the one that was made', async () => {
    const { clients, cut, dynamodb, resources } = await open()
    dynamodb.next('PutItem', loseAnswer)
    const made = await cursorKey(cut.dynamodb, resources.appTable, systemClock)
    expect(dynamodb.operations()).toEqual(['GetItem', 'PutItem', 'PutItem'])
    expect(await cursorKey(clients.dynamodb, resources.appTable, systemClock)).toEqual(new Uint8Array(made))
  })
})
