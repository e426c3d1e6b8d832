import { GetItemCommand } from '@aws-sdk/client-dynamodb'
import { describe, expect, test } from 'vitest'
import { createLimitStore } from '../../shared/aws/limit-store.ts'
import { appKey } from '../../shared/aws/query-items.ts'
import { defineTask } from '../../shared/core/definition.ts'
import type { LimitRule } from '../../shared/core/rate-limit.ts'
import { StoreUnavailable } from '../../shared/ports/store-unavailable.ts'
import { systemClock } from '../../shared/runtime/clock.ts'
import { openAwsStore } from '../helpers/aws-store.ts'
import { at } from '../helpers/clock.ts'
import { doFirst, loseAnswer, loseRequest, refuse } from '../helpers/faulty-requests.ts'

const rule: LimitRule = { limit: 5, windowMs: 300_000 }
const UNIT_MS = 60_000
const start = at('10:00:00')

async function open() {
  const store = await openAwsStore([defineTask({ name: 'quiet', run: () => null })])
  const { resources, clients } = store
  const item = async (key: string) => {
    const get = { TableName: resources.appTable, Key: appKey(`limit_${key}`, 'bucket'), ConsistentRead: true }
    return (await clients.dynamodb.send(new GetItemCommand(get))).Item
  }
  const fullAt = async (key: string) => Number((await item(key))?.f?.N)
  /** Another process, past the line that the test cuts. */
  const other = createLimitStore({ dynamodb: clients.dynamodb, tableName: resources.appTable, clock: systemClock })
  return { ...store, limits: store.backend.limits, other, item, fullAt }
}

describe('a take', () => {
  test('is one write, also after another process has taken', async () => {
    const { limits, other, dynamodb } = await open()
    for (let index = 0; index < 4; index++) await limits.take('a', rule, 1, start + index)
    await other.take('a', rule, 1, start + 10)
    expect(await limits.take('a', rule, 1, start + UNIT_MS)).toMatchObject({ allowed: true, remaining: 0 })
    expect(dynamodb.operations()).toEqual(Array(5).fill('UpdateItem'))
  })

  test('of a bucket that this process takes for full, and of one that it takes for used, is two', async () => {
    const { limits, other, dynamodb } = await open()
    await other.take('a', rule, 2, start)
    expect(await limits.take('a', rule, 1, start)).toMatchObject({ allowed: true, remaining: 2 })
    expect(dynamodb.seen).toHaveLength(2)
    await other.giveBack('a', rule, 3, start + 1)
    expect(await limits.take('a', rule, 1, start + 2)).toMatchObject({ allowed: true, remaining: 4 })
    expect(dynamodb.seen).toHaveLength(4)
  })

  test('SEC-24 of many processes at once is admitted as often as the limit says', async () => {
    const { limits, clients, resources } = await open()
    const options = { dynamodb: clients.dynamodb, tableName: resources.appTable, clock: systemClock }
    const processes = [limits, ...Array.from({ length: 9 }, () => createLimitStore(options))]
    const all = await Promise.all(processes.flatMap(each => [1, 2, 3].map(() => each.take('a', rule, 1, start))))
    expect(all.filter(({ allowed }) => allowed)).toHaveLength(5)
  })

  test('SEC-24 whose answer is lost is not given away: at worst it is taken twice', async () => {
    const { limits, dynamodb, fullAt } = await open()
    dynamodb.next('UpdateItem', loseAnswer)
    expect(await limits.take('a', rule, 1, start)).toMatchObject({ allowed: true, remaining: 3 })
    dynamodb.next('UpdateItem', loseAnswer)
    expect(await limits.take('a', rule, 1, start)).toMatchObject({ allowed: true, remaining: 1 })
    expect(await fullAt('a')).toBe(start + 4 * UNIT_MS)
  })

  test('H86 keeps the bucket until it is full, in seconds, and never too short', async () => {
    const { limits, item } = await open()
    await limits.take('a', rule, 1, start + 1)
    expect(await item('a')).toMatchObject({ f: { N: `${start + UNIT_MS + 1}` } })
    await limits.take('a', rule, 4, start + 1)
    expect(Number((await item('a'))?.ttl?.N)).toBe((start + 5 * UNIT_MS) / 1_000 + 1)
  })

  test('SEC-35 binds its key and its numbers', async () => {
    const { limits, dynamodb } = await open()
    await limits.take('#f :now', rule, 1, start)
    const { UpdateExpression, ConditionExpression, Key } = dynamodb.seen[0]?.body ?? {}
    expect(`${UpdateExpression} ${ConditionExpression}`).toMatch(/^[A-Za-z_#: (),=<]+$/)
    expect(Key).toEqual({ pk: { S: 'limit_#f :now' }, sk: { S: 'bucket' } })
  })

  test('SEC-25 H106 of which no answer comes is an outage', async () => {
    const { limits, dynamodb } = await open()
    for (const act of [loseRequest, refuse('AccessDeniedException'), refuse('ThrottlingException')]) {
      dynamodb.always('UpdateItem', act)
      await expect(limits.take('a', rule, 1, start)).rejects.toBeInstanceOf(StoreUnavailable)
      await expect(limits.giveBack('a', rule, 1, start)).rejects.toBeInstanceOf(StoreUnavailable)
    }
  })
})

describe('a refusal', () => {
  test('is remembered: a flood costs a write in five seconds, not one for each request', async () => {
    const { limits, other, dynamodb } = await open()
    await other.take('a', rule, 5, start)
    const flood = async (now: number) => {
      for (let index = 0; index < 50; index++)
        expect(await limits.take('a', rule, 1, now)).toMatchObject({
          allowed: false,
          retryAfterMs: start + UNIT_MS - now,
        })
    }
    await flood(start)
    // The one that did not know the bucket.
    expect(dynamodb.seen).toHaveLength(1)
    await flood(start + 5_000)
    expect(dynamodb.seen).toHaveLength(1)
    await flood(start + 5_001)
    expect(dynamodb.seen).toHaveLength(2)
  })

  test('ends to the millisecond when it said so', async () => {
    const { limits } = await open()
    await limits.take('a', rule, 5, start)
    expect(await limits.take('a', rule, 1, start + UNIT_MS - 1)).toMatchObject({ allowed: false, retryAfterMs: 1 })
    expect(await limits.take('a', rule, 1, start + UNIT_MS)).toMatchObject({ allowed: true })
  })

  test('ends at once when this process gives back, and soon when another one does', async () => {
    const { limits, other } = await open()
    await limits.take('a', rule, 5, start)
    expect((await limits.take('a', rule, 1, start)).allowed).toBe(false)
    await limits.giveBack('a', rule, 1, start)
    expect((await limits.take('a', rule, 1, start)).allowed).toBe(true)
    await other.giveBack('a', rule, 1, start)
    expect((await limits.take('a', rule, 1, start + 5_000)).allowed).toBe(false)
    expect((await limits.take('a', rule, 1, start + 5_001)).allowed).toBe(true)
  })

  test('is not remembered under a clock that was set back', async () => {
    const { limits, other, dynamodb } = await open()
    await limits.take('a', rule, 5, start)
    await other.giveBack('a', rule, 5, start)
    expect((await limits.take('a', rule, 1, start - 1)).allowed).toBe(true)
    expect(dynamodb.seen.length).toBeGreaterThan(1)
  })

  test('of one key is none of another', async () => {
    const { limits } = await open()
    await limits.take('a', rule, 5, start)
    expect((await limits.take('b', rule, 5, start)).allowed).toBe(true)
  })
})

describe('giving back', () => {
  test('SEC-24 is done once or not at all when its answer is lost', async () => {
    const { limits, dynamodb, fullAt } = await open()
    await limits.take('a', rule, 4, start)
    dynamodb.next('UpdateItem', loseAnswer)
    await limits.giveBack('a', rule, 1, start)
    expect(await fullAt('a')).toBe(start + 3 * UNIT_MS)
    dynamodb.next('UpdateItem', loseRequest)
    await limits.giveBack('a', rule, 1, start)
    expect(await fullAt('a')).toBe(start + 2 * UNIT_MS)
  })

  test('by a process that has not seen the bucket, or while another one takes, is done', async () => {
    const { limits, other, dynamodb, fullAt } = await open()
    await other.take('a', rule, 4, start)
    await limits.giveBack('a', rule, 1, start)
    expect(await fullAt('a')).toBe(start + 3 * UNIT_MS)
    dynamodb.next(
      'UpdateItem',
      doFirst(() => other.take('a', rule, 1, start)),
    )
    await limits.giveBack('a', rule, 2, start)
    expect(await fullAt('a')).toBe(start + 2 * UNIT_MS)
  })

  test('to a bucket that is full, or that nobody has used, makes none', async () => {
    const { limits, other, item, fullAt } = await open()
    await limits.giveBack('a', rule, 1, start)
    expect(await item('a')).toBeUndefined()
    await other.take('a', rule, 1, start)
    for (const each of [limits, other]) await each.giveBack('a', rule, 1, start + UNIT_MS)
    expect(await fullAt('a')).toBe(start + UNIT_MS)
  })
})
