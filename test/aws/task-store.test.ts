import type { AttributeValue } from '@aws-sdk/client-dynamodb'
import { describe, expect, test } from 'vitest'
import { localActor } from '../../shared/core/actor.ts'
import { defineTask } from '../../shared/core/definition.ts'
import { edit, requeue, submit } from '../../shared/core/transitions.ts'
import { type AwsStore, openAwsStore, RETENTION_MS } from '../helpers/aws-store.ts'
import { at, createManualClock } from '../helpers/clock.ts'
import { doFirst, refuse } from '../helpers/faulty-requests.ts'

const failing = defineTask({
  name: 'failing',
  retry: { maxAttempts: 1 },
  run() {
    throw new Error('x')
  },
})
const quiet = defineTask({ name: 'quiet', run: () => null })

const bodies = (store: AwsStore, operation: string) =>
  store.dynamodb.seen.filter(each => each.operation === operation).map(({ body }) => body)

describe('what is asked of DynamoDB', () => {
  test('H12 tasks of a batch are put one by one, each under its condition: no batch write, no transaction', async () => {
    const store = await openAwsStore([quiet])
    const items = Array.from({ length: 25 }, (_, index) => ({ request: { name: 'quiet', payload: index } }))
    await store.engine.submitMany(localActor, items)
    expect(new Set(store.dynamodb.operations())).toEqual(new Set(['PutItem']))
    for (const put of bodies(store, 'PutItem')) {
      expect(put).toMatchObject({
        ConditionExpression: 'attribute_not_exists(#pk)',
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      })
    }
  })

  test('H12 a large batch keeps a bounded number of writes on their way', async () => {
    const store = await openAwsStore([quiet])
    const first = Promise.withResolvers<void>()
    store.dynamodb.always(
      'PutItem',
      doFirst(async () => {
        if (store.dynamodb.seen.length >= 48) first.resolve()
        await first.promise
      }),
    )
    const items = Array.from({ length: 120 }, () => ({ request: { name: 'quiet' } }))
    const answers = await store.engine.submitMany(localActor, items)
    expect(answers.every(answer => 'row' in answer)).toBe(true)
    expect(store.dynamodb.inFlight()).toBe(48)
  })

  test('H5 a write that has waited for its turn until the caller is about to give up is not begun', async () => {
    const clock = createManualClock()
    const store = await openAwsStore([quiet], { clock })
    const full = Promise.withResolvers<void>()
    const go = Promise.withResolvers<void>()
    store.dynamodb.always(
      'PutItem',
      doFirst(async () => {
        if (store.dynamodb.seen.length >= 48) full.resolve()
        await go.promise
      }),
    )
    const items = Array.from({ length: 60 }, () => ({ request: { name: 'quiet' } }))
    const answered = store.engine.submitMany(localActor, items)
    await full.promise
    // Hands only: the deadlines of the writes under way do not pass.
    clock.set(clock.now() + 15_001)
    go.resolve()
    const answers = await answered
    expect(answers.filter(answer => 'row' in answer)).toHaveLength(48)
    expect(answers.filter(answer => 'code' in answer && answer.code === 'unavailable')).toHaveLength(12)
    expect(store.dynamodb.seen.filter(({ operation }) => operation === 'PutItem')).toHaveLength(48)
    expect(await store.items()).toHaveLength(48)
  })

  test('H9 a task is read consistently', async () => {
    const store = await openAwsStore([quiet])
    await store.backend.tasks.read((await store.submit()).id)
    expect(bodies(store, 'GetItem')).toMatchObject([{ ConsistentRead: true }])
  })

  test('H63 every update is refused where no row is, and answered with the row that won', async () => {
    const store = await openAwsStore([failing])
    const task = await store.submit()
    await store.handle(task)
    await store.engine.requeue(localActor, task.id, {})
    await store.engine.cancel(localActor, task.id)
    const updates = bodies(store, 'UpdateItem')
    expect(updates).toHaveLength(4)
    for (const update of updates) {
      expect(update.ConditionExpression).toMatch(/^attribute_exists\(#pk\)/)
      expect(update).toMatchObject({ ReturnValues: 'ALL_NEW', ReturnValuesOnConditionCheckFailure: 'ALL_OLD' })
    }
  })

  test('a claim is one call: it reads nothing before', async () => {
    const store = await openAwsStore([quiet])
    await store.handle(await store.submit())
    expect(store.dynamodb.operations()).toEqual(['PutItem', 'UpdateItem', 'UpdateItem'])
  })

  test('H7 a payload too large for the row is put before it; when that fails there is no row', async () => {
    const store = await openAwsStore([quiet])
    const task = await store.submit({ payload: 'x'.repeat(2_000) })
    expect(sortKeys(bodies(store, 'PutItem'))).toEqual([`body#${task.payloadAt}`, 'task'])
    expect(await store.engine.get(localActor, task.id)).toMatchObject({ payload: JSON.stringify('x'.repeat(2_000)) })

    store.dynamodb.always('PutItem', refuse('AccessDeniedException'))
    await expect(store.submit({ payload: 'y'.repeat(2_000) })).rejects.toThrow()
    expect(await store.items()).toHaveLength(2)
  })
})

describe('the order of a write and its hints', () => {
  const order = async (act: (store: AwsStore) => Promise<unknown>, store: AwsStore) => {
    const calls: string[] = []
    const note = (what: string) => doFirst(async () => void calls.push(what))
    for (const operation of ['PutItem', 'UpdateItem', 'GetItem']) store.dynamodb.always(operation, note(operation))
    store.sqs.always('SendMessageBatch', async (send, { body }) => {
      const [entry] = body.Entries as readonly { readonly DelaySeconds: number }[]
      calls.push(`hint in ${entry?.DelaySeconds} s`)
      return send()
    })
    await act(store)
    return calls
  }

  test('H2 a new row is written, then its hint is sent', async () => {
    const store = await openAwsStore([quiet])
    expect(await order(() => store.submit(), store)).toEqual(['PutItem', 'hint in 0 s'])
  })

  test('H46 a retry is written, then its hint is sent', async () => {
    const retried = defineTask({
      name: 'retried',
      retry: { maxAttempts: 2, backoff: { kind: 'fixed', delay: '50s', jitter: 'none' } },
      run: failing.run,
    })
    const store = await openAwsStore([retried])
    const task = await store.submit()
    expect(await order(() => store.handle(task), store)).toEqual(['UpdateItem', 'UpdateItem', 'hint in 50 s'])
  })

  test('H1 a change that makes a row due earlier has a backstop first: requeue', async () => {
    const store = await openAwsStore([failing], { clock: still })
    const task = await store.submit()
    await store.handle(task)
    const dead = (await store.backend.tasks.read(task.id)) ?? task
    const calls = await order(() => store.backend.tasks.commit(requeue(dead, still.now(), 'user_9')), store)
    expect(calls).toEqual(['GetItem', 'hint in 60 s', 'UpdateItem', 'hint in 0 s'])
  })

  test('H1 a change that makes a row due earlier has a backstop first: edit of its run time', async () => {
    const store = await openAwsStore([quiet], { clock: still })
    const task = await store.submit({ delayMs: 600_000 })
    const runAt = still.now() + 30_000
    const calls = await order(() => store.backend.tasks.commit(edit(task, { runAt }, still.now(), 'user_9')), store)
    expect(calls).toEqual(['GetItem', 'hint in 60 s', 'UpdateItem', 'hint in 30 s'])
  })

  test('a change that loses sends no hint', async () => {
    const store = await openAwsStore([quiet])
    const task = await store.submit()
    expect(await order(() => store.backend.tasks.commit(submit(task, at('10:00:00'))), store)).toEqual(['PutItem'])
  })
})

describe('the removal of a task that has ended', () => {
  const ttlOf = (item: Record<string, AttributeValue> | undefined) => item?.ttl?.N

  test('H85 H86 is set with its end, in epoch seconds, and taken back by a requeue', async () => {
    const store = await openAwsStore([failing], { clock: still })
    const task = await store.submit()
    expect(ttlOf(await store.item(task.id))).toBeUndefined()
    await store.handle(task)
    const ended = await store.item(task.id)
    expect(ttlOf(ended)).toBe(String((still.now() + RETENTION_MS) / 1_000))
    expect(ended).toMatchObject({ dp: { S: expect.stringMatching(/^dead#/) } })
    await store.engine.requeue(localActor, task.id, {})
    const again = await store.item(task.id)
    expect(ttlOf(again)).toBeUndefined()
    expect(again).not.toHaveProperty('dp')
    expect(again).not.toHaveProperty('ds')
  })

  test('H85 no task that lives has one, whatever happens to it', async () => {
    const store = await openAwsStore([failing, quiet])
    const waiting = await store.submit({ name: 'quiet', delayMs: 600_000 })
    await store.engine.edit(localActor, waiting.id, { title: 'T', priority: 1 })
    const ended = [await store.submit({ name: 'quiet' }), await store.submit({ name: 'failing' })]
    for (const task of ended) await store.handle(task)
    const canceled = await store.submit({ name: 'quiet' })
    await store.engine.cancel(localActor, canceled.id)
    const items = await store.items()
    const has = new Map(items.map(item => [String(item.s?.S), item.ttl !== undefined]))
    expect(Object.fromEntries(has)).toEqual({ PENDING: false, COMPLETED: true, DEAD: true, CANCELED: true })
  })
})

/** A clock that stands still, so that times can be told exactly. */
const still = { now: () => at('10:00:00'), after: setTimer }

function setTimer(delayMs: number, action: () => void): () => void {
  const timer = setTimeout(action, delayMs)
  return () => clearTimeout(timer)
}

function sortKeys(puts: readonly Readonly<Record<string, unknown>>[]): (string | undefined)[] {
  return puts.map(({ Item }) => (Item as Record<string, AttributeValue>).sk?.S)
}
