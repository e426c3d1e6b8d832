import { describe, expect, test } from 'vitest'
import { createCounters } from '../../shared/aws/counters.ts'
import { readRows } from '../../shared/aws/read-rows.ts'
import { attributes } from '../../shared/aws/row-codec.ts'
import { defineTask } from '../../shared/core/definition.ts'
import type { TaskRow } from '../../shared/core/task.ts'
import { discard, requeue, submit } from '../../shared/core/transitions.ts'
import { StoreUnavailable } from '../../shared/ports/store-unavailable.ts'
import type { Page, TaskQuery } from '../../shared/ports/task-store.ts'
import { systemClock } from '../../shared/runtime/clock.ts'
import { boom, newTask } from '../contract/fixtures.ts'
import { type AwsStore, openAwsStore } from '../helpers/aws-store.ts'
import { at } from '../helpers/clock.ts'
import { doFirst } from '../helpers/faulty-requests.ts'

const sendEmail = defineTask({ name: 'send-email', run: () => null })
const now = at('11:00:00')

async function manyTasks(store: AwsStore, count: number): Promise<TaskRow[]> {
  const tasks = Array.from({ length: count }, (_, index) => newTask({ title: `${index}` }, at('10:00:00') + index))
  const committed = await Promise.all(
    tasks.map((task, index) => store.backend.tasks.commit(submit(task, at('10:00:00') + index))),
  )
  return committed.flatMap(each => (each.ok ? [each.row] : []))
}

const ids = (page: Page) => page.rows.map(({ id }) => id)
const newestFirst = (rows: readonly TaskRow[]) => rows.map(({ id }) => id).toReversed()

async function wholeList(store: AwsStore, query: Omit<TaskQuery, 'now'>): Promise<string[]> {
  const found: string[] = []
  let next: string | undefined
  do {
    const page: Page = await store.backend.tasks.list({ ...query, now, ...(next !== undefined && { after: next }) })
    found.push(...ids(page))
    next = page.next
  } while (next !== undefined)
  return found
}

const indexesAsked = (store: AwsStore) => store.dynamodb.seen.flatMap(({ body }) => body.IndexName ?? [])

const keysOf = (body: Readonly<Record<string, unknown>>): Record<string, unknown>[] =>
  Object.values(body.RequestItems as Record<string, { Keys: Record<string, unknown>[] }>).flatMap(({ Keys }) => Keys)

describe('a page', () => {
  test('asks an index for keys and reads no more rows than it shows, without what lists leave out', async () => {
    const store = await openAwsStore([sendEmail])
    const rows = await manyTasks(store, 30)
    expect(ids(await store.backend.tasks.list({ now, limit: 7 }))).toEqual(newestFirst(rows).slice(0, 7))
    expect(indexesAsked(store)).toEqual(Array(4).fill('by-name'))
    const [read, ...more] = store.dynamodb.seen.filter(({ operation }) => operation === 'BatchGetItem')
    expect(more).toEqual([])
    expect(keysOf(read?.body ?? {})).toHaveLength(7)
    const { payload, payloadAt, result, resultAt, history } = attributes
    const projected = JSON.stringify(read?.body)
      .match(/"#\w+":"\w+"/g)
      ?.map(each => each.split('"')[3])
    expect(projected).toHaveLength(30)
    for (const attribute of [payload, payloadAt, result, resultAt, history]) expect(projected).not.toContain(attribute)
  })

  test('of one owner asks the index of owners', async () => {
    const store = await openAwsStore([sendEmail])
    await manyTasks(store, 3)
    await store.backend.tasks.list({ now, limit: 7, owner: 'user_3', name: 'send-email' })
    expect(indexesAsked(store)).toEqual(Array(4).fill('by-owner'))
  })

  test('keys that DynamoDB leaves over are asked for again', async () => {
    const store = await openAwsStore([sendEmail])
    const rows = await manyTasks(store, 30)
    store.dynamodb.next(
      'BatchGetItem',
      (send, { body }) => half(send, body),
      (send, { body }) => half(send, body),
    )
    expect(ids(await store.backend.tasks.list({ now, limit: 30 }))).toEqual(newestFirst(rows))
    const reads = store.dynamodb.seen.filter(({ operation }) => operation === 'BatchGetItem')
    expect(reads.map(({ body }) => keysOf(body).length)).toEqual([30, 15, 7])
  })

  test('a table that leaves over everything is an outage, and no short list', async () => {
    const store = await openAwsStore([sendEmail])
    await manyTasks(store, 3)
    store.dynamodb.always('BatchGetItem', async (_, { body }) => ({
      status: 200,
      body: { Responses: {}, UnprocessedKeys: body.RequestItems },
    }))
    await expect(store.backend.tasks.list({ now, limit: 3 })).rejects.toBeInstanceOf(StoreUnavailable)
  })

  test('ends at its deadline with what it has, and the next one goes on there', async () => {
    let time = now
    const clock = { now: () => time, after: systemClock.after }
    const store = await openAwsStore([sendEmail], { clock })
    const rows = await manyTasks(store, 250)
    // Each read of rows takes six seconds.
    store.dynamodb.always(
      'BatchGetItem',
      doFirst(async () => {
        time += 6_000
      }),
    )
    const first = await store.backend.tasks.list({ now, limit: 200, states: ['COMPLETED'] })
    expect(first.rows).toEqual([])
    expect(first.next).toEqual(expect.any(String))
    expect(await wholeList(store, { limit: 200, states: ['PENDING'] })).toEqual(newestFirst(rows))
  })

  test('a row that its retention removes while the page is read is left out', async () => {
    const store = await openAwsStore([sendEmail])
    const rows = await manyTasks(store, 5)
    store.dynamodb.next(
      'BatchGetItem',
      doFirst(() => store.remove(rows[2]?.id ?? '')),
    )
    expect(ids(await store.backend.tasks.list({ now, limit: 9 }))).toEqual(newestFirst(rows.toSpliced(2, 1)))
  })

  test('of times that no task can have is empty, and no refused request', async () => {
    const store = await openAwsStore([sendEmail])
    const rows = await manyTasks(store, 3)
    const list = async (query: Partial<TaskQuery>) => ids(await store.backend.tasks.list({ now, limit: 9, ...query }))
    expect(await list({ createdAfter: at('10:30:00'), createdBefore: at('10:20:00') })).toEqual([])
    expect(await list({ createdBefore: -5 })).toEqual([])
    expect(await list({ createdAfter: Number.MAX_SAFE_INTEGER })).toEqual([])
    expect(await list({ createdAfter: -5, createdBefore: Number.MAX_SAFE_INTEGER })).toEqual(newestFirst(rows))
    expect(await list({ owner: '' })).toEqual([])
  })

  test('shows rows of names that have no handler any more, as long as counters know of them', async () => {
    const store = await openAwsStore([defineTask({ name: 'another', run: () => null })])
    const rows = await manyTasks(store, 3)
    const counters = createCounters({
      dynamodb: store.clients.dynamodb,
      tableName: store.resources.appTable,
      clock: systemClock,
    })
    await counters.apply(
      'shard-1',
      rows.map((row, index) => ({ kind: 'row', sequence: `${index + 1}`, after: row }) as const),
    )
    expect(ids(await store.backend.tasks.list({ now, limit: 9 }))).toEqual(newestFirst(rows))
  })
})

describe('the list of the dead, of which the index lags', () => {
  async function died(store: AwsStore, row: TaskRow, time: number): Promise<TaskRow> {
    const holder = await store.backend.tasks.commit({
      task: row.id,
      expect: [],
      set: { state: 'RUNNING', leaseToken: 'token-A' },
    })
    const lease = { task: row.id, token: 'token-A', endsAt: time + 1 }
    const dead = await store.backend.tasks.commit(discard(lease, holder.ok ? holder.row : row, boom('x'), time))
    if (!dead.ok) throw new Error('it did not die')
    return dead.row
  }

  test('leaves out a task that lives again', async () => {
    const store = await openAwsStore([sendEmail])
    const [first, second] = await manyTasks(store, 2)
    if (!first || !second) throw new Error('there are two')
    const dead = await died(store, first, at('10:10:00'))
    await died(store, second, at('10:11:00'))
    store.dynamodb.next(
      'BatchGetItem',
      doFirst(() => store.backend.tasks.commit(requeue(dead, now, 'user_9'))),
    )
    expect(ids(await store.backend.tasks.listDead({ limit: 9 }))).toEqual([second.id])
  })

  test('leaves out a task that has completed since, though it says the same time', async () => {
    const store = await openAwsStore([sendEmail])
    const [first] = await manyTasks(store, 1)
    if (!first) throw new Error('there is one')
    await died(store, first, at('10:10:00'))
    const set = { state: 'COMPLETED', finishedAt: at('10:10:00') } as const
    store.dynamodb.next(
      'BatchGetItem',
      doFirst(() => store.backend.tasks.commit({ task: first.id, expect: [], set })),
    )
    expect(ids(await store.backend.tasks.listDead({ limit: 9 }))).toEqual([])
  })

  test('reads a row once that it has in two places', async () => {
    const store = await openAwsStore([sendEmail])
    const rows = await manyTasks(store, 2)
    const ids = [...rows, ...rows].map(({ id }) => id)
    const { dynamodb } = store.clients
    const found = await readRows(dynamodb, store.resources.tasksTable, systemClock, ids, ['id', 'title'])
    expect([...found.values()].map(({ title }) => title).toSorted()).toEqual(['0', '1'])
  })

  test('shows a task that has died twice once, at its latest death', async () => {
    const store = await openAwsStore([sendEmail])
    const [first, second] = await manyTasks(store, 2)
    if (!first || !second) throw new Error('there are two')
    const dead = await died(store, first, at('10:10:00'))
    await died(store, second, at('10:11:00'))
    store.dynamodb.next(
      'BatchGetItem',
      doFirst(async () => {
        await store.backend.tasks.commit(requeue(dead, at('10:12:00'), 'user_9'))
        await died(store, first, at('10:13:00'))
      }),
    )
    expect(ids(await store.backend.tasks.listDead({ limit: 9 }))).toEqual([second.id])
    expect(ids(await store.backend.tasks.listDead({ limit: 9 }))).toEqual([first.id, second.id])
  })
})

/** As DynamoDB does when it is busy: reads half of the keys, and gives back the others. */
async function half(send: (body: object) => Promise<{ status: number; body: unknown }>, body: object) {
  const { RequestItems } = body as { RequestItems: Record<string, { Keys: unknown[] }> }
  const part = (from: number, to: number) =>
    Object.fromEntries(
      Object.entries(RequestItems).map(([table, request]) => {
        const { length } = request.Keys
        return [table, { ...request, Keys: request.Keys.slice(Math.ceil(length * from), Math.ceil(length * to)) }]
      }),
    )
  const answer = await send({ ...body, RequestItems: part(0, 0.5) })
  return { ...answer, body: { ...(answer.body as object), UnprocessedKeys: part(0.5, 1) } }
}
