import { describe, expect, test } from 'vitest'
import { localActor } from '../../shared/core/actor.ts'
import { defineTask } from '../../shared/core/definition.ts'
import type { PulseError } from '../../shared/core/errors.ts'
import { requeue, submit } from '../../shared/core/transitions.ts'
import { StoreUnavailable } from '../../shared/ports/store-unavailable.ts'
import { newTask } from '../contract/fixtures.ts'
import { openAwsStore } from '../helpers/aws-store.ts'
import { at } from '../helpers/clock.ts'
import { path } from '../helpers/engine.ts'
import { doFirst, loseAnswer, loseRequest, refuse } from '../helpers/faulty-requests.ts'

async function counted(run: () => unknown = () => 'done') {
  const runs: number[] = []
  const task = defineTask({
    name: 'counted',
    retry: { maxAttempts: 2, backoff: { kind: 'fixed', delay: '50s', jitter: 'none' } },
    run: (_, { attempt }) => {
      runs.push(attempt)
      return run()
    },
  })
  const store = await openAwsStore([task])
  const row = async (id: string) => {
    const found = await store.backend.tasks.read(id)
    if (!found) throw new Error(`there is no task ${id}`)
    return found
  }
  return { store, runs, row }
}

describe('a submit', () => {
  test('H3 whose put is applied and its answer lost meets its own row: it is accepted, and its hint is sent', async () => {
    const { store, row } = await counted()
    store.dynamodb.next('PutItem', loseAnswer)
    const { row: submitted, replayed } = await store.engine.submit(localActor, { name: 'counted' })
    expect(replayed).toBe(false)
    expect(store.dynamodb.operations()).toEqual(['PutItem', 'PutItem'])
    expect(await row(submitted.id)).toEqual(submitted)
    expect(store.sqs.operations()).toEqual(['SendMessageBatch'])
  })

  test('H3 with a key is known by its fingerprint, and is one task', async () => {
    const { store } = await counted()
    store.dynamodb.next('PutItem', loseAnswer)
    const first = await store.submit({ payload: 1 }, 'key-1')
    expect((await store.submit({ payload: 1 }, 'key-1')).id).toBe(first.id)
    expect(await store.items()).toHaveLength(1)
    expect(store.sqs.operations()).toEqual(['SendMessageBatch', 'SendMessageBatch'])
  })

  test('H6 H106 whose hint is refused is not acknowledged, though stored; the repeat finds it and sends the hint', async () => {
    const { store, row } = await counted()
    store.sqs.always('SendMessageBatch', refuse('AccessDeniedException'))
    const refused = await store.submit({}, 'key-1').catch((error: unknown) => error)
    expect(refused).toBeInstanceOf(StoreUnavailable)
    const { task = '', message } = refused as StoreUnavailable
    expect(await row(task)).toMatchObject({ state: 'PENDING' })
    expect(message).not.toContain('arn:')
    store.sqs.always('SendMessageBatch')
    expect((await store.submit({}, 'key-1')).id).toBe(task)
    expect(store.sqs.operations().at(-1)).toBe('SendMessageBatch')
  })

  test('H106 P1 that DynamoDB refuses is not acknowledged, stores nothing and sends nothing', async () => {
    const { store } = await counted()
    for (const type of ['AccessDeniedException', 'KMSAccessDeniedException', 'ResourceNotFoundException']) {
      store.dynamodb.always('PutItem', refuse(type))
      const refused = await store.submit().catch((error: unknown) => error)
      expect(refused, type).toBeInstanceOf(StoreUnavailable)
      expect(String(refused)).not.toContain('arn:')
    }
    expect(await store.items()).toEqual([])
    expect(store.sqs.seen).toEqual([])
  })

  test('that DynamoDB throttles once is accepted all the same', async () => {
    const { store } = await counted()
    store.dynamodb.next('PutItem', refuse('ProvisionedThroughputExceededException'))
    await store.submit()
    expect(store.dynamodb.operations()).toEqual(['PutItem', 'PutItem'])
  })

  test('that breaks a rule of DynamoDB is a mistake of this program, and no outage', async () => {
    const { store } = await counted()
    const tooLong = submit(newTask({ description: 'x'.repeat(500_000) }, at('10:00:00')), at('10:00:00'))
    const refused = await store.backend.tasks.commit(tooLong).catch((error: unknown) => error)
    expect(refused).toMatchObject({ name: 'ValidationException' })
  })
})

describe('a claim', () => {
  test('H26 whose answer is lost and that fails against itself is known by its token: the attempt goes on', async () => {
    const { store, runs, row } = await counted()
    const task = await store.submit()
    store.dynamodb.next('UpdateItem', loseAnswer)
    expect(await store.handle(task)).toBe('ack')
    expect(await row(task.id)).toMatchObject({ state: 'COMPLETED', attempt: 1, attemptsLeft: 1 })
    expect(runs).toEqual([1])
    expect(store.dynamodb.operations().slice(1, 4)).toEqual(['UpdateItem', 'UpdateItem', 'UpdateItem'])
  })

  test('H26 of which every answer is lost is read, consistently: the attempt goes on', async () => {
    const { store, runs, row } = await counted()
    const task = await store.submit()
    store.dynamodb.next('UpdateItem', loseAnswer, loseRequest, loseRequest)
    expect(await store.handle(task)).toBe('ack')
    expect(await row(task.id)).toMatchObject({ state: 'COMPLETED', attempt: 1 })
    expect(runs).toEqual([1])
    const [read] = store.dynamodb.seen.filter(({ operation }) => operation === 'GetItem')
    expect(read?.body).toMatchObject({ ConsistentRead: true })
  })

  test('H106 that is refused starts nothing and acknowledges nothing', async () => {
    const { store, runs, row } = await counted()
    const task = await store.submit()
    store.dynamodb.always('UpdateItem', refuse('AccessDeniedException'))
    await expect(store.handle(task)).rejects.toBeInstanceOf(StoreUnavailable)
    expect(runs).toEqual([])
    expect(await row(task.id)).toMatchObject({ state: 'PENDING', attempt: 0 })
  })

  test('H28 of a task that does not exist is acknowledged and told, and creates none', async () => {
    const { store, runs } = await counted()
    expect(await store.handle({ id: newTask({}, at('10:00:00')).id, name: 'counted' })).toBe('ack')
    expect(store.events.map(({ type }) => type)).toEqual(['hint.unknownTask'])
    expect(await store.items()).toEqual([])
    expect(runs).toEqual([])
  })
})

describe('an outcome', () => {
  test('H41 whose answer is lost meets its own row: the hint is acknowledged, and nothing runs again', async () => {
    const { store, runs, row } = await counted()
    const task = await store.submit()
    store.dynamodb.next('UpdateItem', send => send(), loseAnswer)
    expect(await store.handle(task)).toBe('ack')
    expect(await row(task.id)).toMatchObject({ state: 'COMPLETED', result: '"done"' })
    expect(runs).toEqual([1])
  })

  test('H41 of a failure whose answer is lost: the hint of its retry is sent', async () => {
    const { store, row } = await counted(() => {
      throw new Error('x')
    })
    const task = await store.submit()
    store.dynamodb.next('UpdateItem', send => send(), loseAnswer)
    expect(await store.handle(task)).toBe('ack')
    expect(path(await row(task.id))).toEqual(['PENDING', 'RUNNING', 'RETRYING'])
    expect(store.sqs.seen).toHaveLength(2)
    expect(delaysOf(store.sqs.seen.at(-1)?.body)).toEqual([50])
  })

  test('H6 H46 of a failure whose hint is refused at first: it is sent in the end, and the old one acknowledged after it', async () => {
    const { store, row } = await counted(() => {
      throw new Error('x')
    })
    const task = await store.submit()
    store.sqs.next('SendMessageBatch', refuse('AccessDeniedException'))
    expect(await store.handle(task)).toBe('ack')
    expect(await row(task.id)).toMatchObject({ state: 'RETRYING', attempt: 1 })
    // That of the submit, the one that was refused, and the one in its place.
    expect(store.sqs.seen.map(({ body }) => delaysOf(body))).toEqual([[0], [50], [50]])
  })
})

describe('a requeue', () => {
  test('of a row that its retention has just removed makes no ghost of it', async () => {
    const { store } = await counted(() => {
      throw new Error('x')
    })
    const task = await store.submit({ maxAttempts: 1 })
    await store.handle(task)
    const dead = await store.backend.tasks.read(task.id)
    store.dynamodb.next(
      'UpdateItem',
      doFirst(() => store.remove(task.id)),
    )
    expect(await store.backend.tasks.commit(requeue(dead ?? task, at('10:00:00'), 'user_9'))).toEqual({
      ok: false,
      winner: undefined,
    })
    expect(await store.items()).toEqual([])
  })

  test('H62 whose answer is lost is told that it has already happened, by the row', async () => {
    const { store } = await counted(() => {
      throw new Error('x')
    })
    const task = await store.submit({ maxAttempts: 1 })
    await store.handle(task)
    store.dynamodb.next('UpdateItem', loseAnswer)
    const refused = await store.engine.requeue(localActor, task.id, {}).catch((error: unknown) => error)
    expect((refused as PulseError).extra).toMatchObject({ currentState: 'PENDING' })
    // Sent before the write: the task that was made due is looked at, though nobody has sent its own hint.
    expect(delaysOf(store.sqs.seen.at(-1)?.body)).toEqual([60])
  })
})

function delaysOf(body: Readonly<Record<string, unknown>> | undefined): number[] {
  const entries = (body?.Entries ?? []) as readonly { readonly DelaySeconds?: number }[]
  return entries.map(({ DelaySeconds = 0 }) => DelaySeconds)
}
