import { type AttributeValue, ScanCommand } from '@aws-sdk/client-dynamodb'
import { describe, expect, inject, test } from 'vitest'
import { createCounters } from '../../shared/aws/counters.ts'
import { createRecounts } from '../../shared/aws/recounts.ts'
import { decodeRecord } from '../../shared/aws/stream-records.ts'
import type { Actor } from '../../shared/core/actor.ts'
import { defineTask } from '../../shared/core/definition.ts'
import { claim } from '../../shared/core/transitions.ts'
import { removeOwner } from '../../shared/http/owners.ts'
import { createUserRemoval } from '../../shared/identity/remove-user.ts'
import { newUserWrites } from '../../shared/identity/user.ts'
import type { Clock } from '../../shared/ports/clock.ts'
import { StoreUnavailable } from '../../shared/ports/store-unavailable.ts'
import { systemClock } from '../../shared/runtime/clock.ts'
import { createEntropy } from '../../shared/runtime/entropy.ts'
import { createChangesHandler } from '../../shared/worker/changes.ts'
import { type AwsStore, openAwsStore } from '../helpers/aws-store.ts'
import { loseAnswer, loseRequest, refuse } from '../helpers/faulty-requests.ts'
import { openStream } from '../helpers/table-stream.ts'
import { noise } from './scanning.ts'

const user = `user_${'7'.repeat(26)}`
const other = `user_${'8'.repeat(26)}`
const admin: Actor = { owner: `user_${'9'.repeat(26)}`, by: 'admin', role: 'admin' }
const by = (owner: string): Actor => ({ owner, by: owner, role: 'viewer' })
const line = { at: 1, run: 1, attempt: 1, level: 'info', message: 'm' } as const

const large = defineTask({
  name: 'large',
  run(_, { log }) {
    log.info('a line')
    return noise(3_000)
  },
})

/** A clock that a test sets ahead; its timers are the machine's. */
function aheadClock(): Clock & { ahead(ms: number): void } {
  let by = 0
  return {
    now: () => systemClock.now() + by,
    after: systemClock.after,
    ahead(ms) {
      by += ms
    },
  }
}

/** Every item of both tables, as text. */
async function everything({ clients, resources }: AwsStore): Promise<string[]> {
  const texts: string[] = []
  for (const TableName of [resources.tasksTable, resources.appTable]) {
    let from: Record<string, AttributeValue> | undefined
    do {
      const scan = new ScanCommand({ TableName, ConsistentRead: true, ExclusiveStartKey: from })
      const { Items, LastEvaluatedKey } = await clients.dynamodb.send(scan)
      texts.push(...(Items ?? []).map(item => JSON.stringify(item)))
      from = LastEvaluatedKey
    } while (from)
  }
  return texts
}

/** Of an owner: one task that waits, one that has ended, one that runs; all with something beside them. */
async function tasksOf(store: AwsStore, owner: string): Promise<readonly string[]> {
  const submit = async (delayMs = 0) =>
    (await store.engine.submit(by(owner), { name: 'large', payload: noise(3_000), delayMs })).row
  const [waiting, ended, running] = [await submit(60_000), await submit(), await submit()]
  await store.handle(ended)
  const lease = { task: running.id, token: `token of ${owner}`, endsAt: systemClock.now() + 30_000 }
  await store.backend.tasks.commit(claim({ task: running.id, name: 'large', messageId: 'm' }, lease, systemClock.now()))
  await store.backend.logs.append(running.id, [line])
  return [waiting.id, ended.id, running.id]
}

/** What the function does that the table's stream calls. */
async function follow({ clients, resources }: AwsStore): Promise<void> {
  const handle = createChangesHandler({
    decode: decodeRecord,
    counters: createCounters({ ...clients, tableName: resources.appTable, clock: systemClock }),
    converge: async () => true,
    reconcile: async () => {},
    report: {
      unreadable: (_, error) => expect.fail(String(error)),
      failed: error => expect.fail(String(error)),
    },
    clock: systemClock,
  })
  const stream = openStream(inject('emulatorUrl'), resources.streamArn)
  for (const { shard, records } of await stream.next()) expect(await handle(shard, records)).toBeUndefined()
}

describe('removal of an owner on AWS', () => {
  test('SEC-22 P15 H63 both tables hold nothing of the owner, and all of others; counters equal a recount', async () => {
    const clock = aheadClock()
    const store = await openAwsStore([large], { clock })
    const { records } = store.backend
    const ids = [...(await tasksOf(store, user)), user, 'ada@example.com']
    const kept = await tasksOf(store, other)
    for (const [id, email] of [
      [user, 'ada@example.com'],
      [other, 'bob@example.com'],
    ] as const) {
      await records.write(
        newUserWrites({ id, email, passwordHash: '$', role: 'viewer', createdAt: 1, sessionVersion: 1 }),
      )
      await records.write([{ key: { partition: id, sort: 'session#1' }, expect: 'absent', value: { user: id } }])
    }
    const theirs = async () =>
      (await everything(store)).filter(text => [...kept, other].some(id => text.includes(id))).sort()
    const before = await theirs()
    expect(before.length).toBeGreaterThanOrEqual(3 + 4 + 2 + 3)

    const removal = createUserRemoval({ records, clock, forget() {} })
    const schedules = { list: async () => ({ schedules: [] }), removeOwner: async () => true }
    const ports = { engine: store.engine, schedules, clock, removal }
    expect(await removeOwner(ports, admin, user)).toEqual({ done: false, removed: 1 })
    expect(await store.handle({ id: ids[2] ?? '', name: 'large' })).toBe('ack')
    // The holder has not heard of it yet.
    await store.backend.logs.append(ids[2] ?? '', [line])
    clock.ahead(91_000)
    expect(await removeOwner(ports, admin, user)).toEqual({ done: true, removed: 2 })
    expect((await everything(store)).filter(text => ids.some(id => text.includes(id)))).toEqual([])
    expect(await theirs()).toEqual(before)
    for (const id of ids.slice(0, 3)) expect(await store.handle({ id, name: 'large' })).toBe('ack')

    await follow(store)
    const recount = await createRecounts({
      ...store.clients,
      tableName: store.resources.appTable,
      clock: systemClock,
      entropy: createEntropy(systemClock.now),
    }).begin()
    for (const id of kept) recount.add((await store.backend.tasks.read(id)) ?? expect.fail('it is there'))
    expect(recount.differences()).toBe(0)
  }, 60_000)

  test('SEC-22 cut off at any request, the row leads to what is left, and the next call removes it', async () => {
    const store = await openAwsStore([large])
    const operations = ['Query', 'BatchWriteItem', 'BatchWriteItem', 'BatchWriteItem', 'DeleteItem']
    for (const [step, cutOff] of operations.entries()) {
      for (const fault of [loseRequest, loseAnswer]) {
        const row = await store.submit({ payload: noise(3_000), delayMs: 60_000 })
        await Promise.all(Array.from({ length: 60 }, () => store.backend.logs.append(row.id, [line])))
        const from = store.dynamodb.seen.length
        for (const operation of new Set(operations)) {
          store.dynamodb.always(operation, async (send, request) => {
            const isDone = store.dynamodb.seen.length - from <= step
            return isDone ? send() : fault(send, request)
          })
        }
        await expect(store.backend.tasks.remove(row)).rejects.toThrow(StoreUnavailable)
        for (const operation of operations) store.dynamodb.always(operation)
        const items = (await store.items()).filter(({ pk }) => pk?.S === row.id)
        const isRowGone = cutOff === 'DeleteItem' && fault === loseAnswer
        expect([step, items.some(({ sk }) => sk?.S === 'task')]).toEqual([step, !isRowGone])
        if (isRowGone) expect(items).toEqual([])
        expect(await store.backend.tasks.remove(row)).toBe(true)
        expect((await store.items()).filter(({ pk }) => pk?.S === row.id)).toEqual([])
      }
    }
  }, 60_000)

  test('SEC-22 a delete whose answer is lost, or of which a part is left over, is sent again and succeeds', async () => {
    const store = await openAwsStore([large])
    const row = await store.submit({ payload: noise(3_000), delayMs: 60_000 })
    store.dynamodb.next('DeleteItem', loseAnswer)
    store.dynamodb.next('BatchWriteItem', async (_, { body }) => ({
      status: 200,
      body: { UnprocessedItems: body.RequestItems },
    }))
    expect(await store.backend.tasks.remove(row)).toBe(true)
    expect(await store.items()).toEqual([])
    expect(store.dynamodb.operations().slice(-5)).toEqual([
      'Query',
      'BatchWriteItem',
      'BatchWriteItem',
      'DeleteItem',
      'DeleteItem',
    ])
  })

  test('SEC-22 what DynamoDB does not delete keeps its row, and is no secret of AWS to the caller', async () => {
    const store = await openAwsStore([large])
    const row = await store.submit({ payload: noise(3_000), delayMs: 60_000 })
    store.dynamodb.always('BatchWriteItem', refuse('AccessDeniedException'))
    const refused = await store.backend.tasks.remove(row).catch((error: unknown) => error)
    expect(refused).toBeInstanceOf(StoreUnavailable)
    expect(String(refused)).not.toContain('arn:')
    expect(await store.items()).toHaveLength(2)
  })

  test('SEC-22 what DynamoDB leaves over, however often it is asked, keeps its row', async () => {
    const store = await openAwsStore([large])
    const row = await store.submit({ payload: noise(3_000), delayMs: 60_000 })
    store.dynamodb.always('BatchWriteItem', async (_, { body }) => ({
      status: 200,
      body: { UnprocessedItems: body.RequestItems },
    }))
    await expect(store.backend.tasks.remove(row)).rejects.toThrow(StoreUnavailable)
    expect(await store.item(row.id)).toBeDefined()
    expect(await store.items()).toHaveLength(2)
  })
})
