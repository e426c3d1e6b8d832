import { GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb'
import { describe, expect, test } from 'vitest'
import { appKey } from '../../shared/aws/query-items.ts'
import { defineTask } from '../../shared/core/definition.ts'
import type { RecordKey, RecordWrite } from '../../shared/ports/record-store.ts'
import { StoreUnavailable } from '../../shared/ports/store-unavailable.ts'
import { openAwsStore } from '../helpers/aws-store.ts'
import { at } from '../helpers/clock.ts'
import { type Act, doFirst, loseAnswer, loseRequest, refuse } from '../helpers/faulty-requests.ts'

const ada: RecordKey = { partition: 'users', sort: 'ada' }
const bob: RecordKey = { partition: 'users', sort: 'bob' }
const create = (key: RecordKey, value: unknown = 'mine'): RecordWrite => ({ key, expect: 'absent', value })

async function open() {
  const store = await openAwsStore([defineTask({ name: 'quiet', run: () => null })])
  const { records } = store.backend
  const item = async ({ partition, sort }: RecordKey) => {
    const get = { TableName: store.resources.appTable, Key: appKey(partition, sort), ConsistentRead: true }
    return (await store.clients.dynamodb.send(new GetItemCommand(get))).Item
  }
  /** What somebody else does, past the line that the test cuts. */
  const others = async (key: RecordKey, version: number, text: string) => {
    const Item = { ...appKey(key.partition, key.sort), v: { N: `${version}` }, j: { S: text } }
    await store.clients.dynamodb.send(new PutItemCommand({ TableName: store.resources.appTable, Item }))
  }
  return { ...store, records, item, others }
}

/** A transaction that was given up, for these reasons. */
function cancel(...codes: string[]): Act {
  const body = {
    __type: 'com.amazonaws.dynamodb.v20120810#TransactionCanceledException',
    Message: 'Transaction cancelled',
    CancellationReasons: codes.map(Code => ({ Code })),
  }
  return async () => ({ status: 400, body })
}

/** As if the store had forgotten the token of the request before. */
const forgetToken: Act = (send, { body }) => send({ ...body, ClientRequestToken: 'another' })

describe('a write of one record', () => {
  test('that is applied and its answer lost counts as written', async () => {
    const { records, dynamodb } = await open()
    dynamodb.next('PutItem', loseAnswer)
    expect(await records.write([create(ada)])).toBe(true)
    dynamodb.next('PutItem', loseAnswer)
    expect(await records.write([{ key: ada, expect: 1, value: 'changed', expiresAt: at('11:00:00') }])).toBe(true)
    expect(dynamodb.operations()).toEqual(['PutItem', 'PutItem', 'PutItem', 'PutItem'])
    expect(await records.read(ada)).toMatchObject({ version: 2, value: 'changed' })
    dynamodb.next('DeleteItem', loseAnswer)
    expect(await records.write([{ key: ada, expect: 2, value: undefined }])).toBe(true)
    expect(await records.read(ada)).toBeUndefined()
  })

  test('that never arrived and finds what somebody else has written is refused', async () => {
    const { records, dynamodb, others } = await open()
    await others(ada, 1, '"theirs"')
    dynamodb.next('PutItem', loseRequest)
    expect(await records.write([create(ada)])).toBe(false)
    dynamodb.next('DeleteItem', loseRequest)
    expect(await records.write([{ key: ada, expect: 3, value: undefined }])).toBe(false)
    dynamodb.next('PutItem', loseRequest)
    expect(await records.write([{ key: ada, expect: 1, value: 'mine' }])).toBe(true)
  })

  test.each([
    ['another value', 1, '"theirs"'],
    ['another version', 2, '"mine"'],
  ])('whose answer is lost and that then finds %s is refused', async (_, version, text) => {
    const { records, dynamodb, others } = await open()
    dynamodb.next(
      'PutItem',
      loseAnswer,
      doFirst(() => others(ada, version, text)),
    )
    expect(await records.write([create(ada)])).toBe(false)
  })

  test('H83 that was asked for twice is done once: what the same call did before is not known again', async () => {
    const { records } = await open()
    expect(await records.write([create(ada)])).toBe(true)
    expect(await records.write([create(ada)])).toBe(false)
    expect(await records.write([{ key: ada, expect: 1, value: undefined }])).toBe(true)
    expect(await records.write([{ key: ada, expect: 1, value: undefined }])).toBe(false)
  })

  test('that meets a transaction is sent again', async () => {
    const { records, dynamodb } = await open()
    dynamodb.next('PutItem', refuse('TransactionConflictException'), refuse('TransactionConflictException'))
    expect(await records.write([create(ada)])).toBe(true)
    expect(dynamodb.operations()).toEqual(['PutItem', 'PutItem', 'PutItem'])
  })

  test('H106 of which no answer comes is an outage, whether it was applied or not', async () => {
    const { records, dynamodb } = await open()
    for (const act of [loseAnswer, loseRequest, refuse('AccessDeniedException'), refuse('InternalServerError', 500)]) {
      dynamodb.always('PutItem', act)
      await expect(records.write([create(ada)])).rejects.toBeInstanceOf(StoreUnavailable)
    }
    dynamodb.always('PutItem')
    expect(await records.write([create(ada)])).toBe(false)
    expect(await records.read(ada)).toMatchObject({ version: 1 })
  })
})

describe('a write of several records', () => {
  const both = [create(ada, 'mine'), create(bob, 'mine, too')]

  test('is one transaction with a token of its own call', async () => {
    const { records, dynamodb } = await open()
    expect(await records.write(both)).toBe(true)
    expect(await records.write(both.map(write => ({ ...write, expect: 1 })))).toBe(true)
    expect(dynamodb.operations()).toEqual(['TransactWriteItems', 'TransactWriteItems'])
    const tokens = dynamodb.seen.map(({ body }) => String(body.ClientRequestToken))
    expect(new Set(tokens).size).toBe(2)
    for (const token of tokens) expect(token).toMatch(/^.{16,36}$/)
  })

  test('that is applied and its answer lost counts as written, by its token', async () => {
    const { records, dynamodb } = await open()
    dynamodb.next('TransactWriteItems', loseAnswer)
    expect(await records.write(both)).toBe(true)
    const [first, second, ...more] = dynamodb.seen.map(({ body }) => body.ClientRequestToken)
    expect([second, more]).toEqual([first, []])
    expect(await records.read(bob)).toMatchObject({ version: 1 })
  })

  test('H83 that is applied and its answer lost counts as written, also when its token is forgotten', async () => {
    const { records, dynamodb, item } = await open()
    dynamodb.next('TransactWriteItems', loseAnswer, forgetToken)
    expect(await records.write(both)).toBe(true)
    const change: RecordWrite[] = [
      { key: ada, expect: 1, value: undefined },
      { key: bob, expect: 1, value: 'changed' },
      { key: { ...bob, sort: 'eve' }, expect: 'absent', value: undefined },
    ]
    dynamodb.next('TransactWriteItems', loseAnswer, forgetToken)
    expect(await records.write(change)).toBe(true)
    expect(await item(ada)).toBeUndefined()
    expect(await records.read(bob)).toMatchObject({ version: 2 })
  })

  test('SEC-39 demands that there is none without the right to remove', async () => {
    const { records, dynamodb } = await open()
    expect(await records.write([create(ada), { key: bob, expect: 'absent', value: undefined }])).toBe(true)
    const sent = dynamodb.seen.map(({ body }) => (body.TransactItems as object[]).flatMap(item => Object.keys(item)))
    expect(sent).toEqual([['Put', 'ConditionCheck']])
  })

  test('that never arrived and of which one finds another version is refused, and changes nothing', async () => {
    const { records, dynamodb, others } = await open()
    await others(bob, 1, '"theirs"')
    dynamodb.next('TransactWriteItems', loseRequest)
    expect(await records.write(both)).toBe(false)
    expect(await records.read(ada)).toBeUndefined()
    await others(ada, 1, '"mine"')
    dynamodb.next('TransactWriteItems', loseRequest)
    expect(await records.write(both)).toBe(false)
    expect(await records.read(bob)).toMatchObject({ value: 'theirs' })
  })

  test.each(['TransactionConflict', 'ThrottlingError', 'ProvisionedThroughputExceeded'])(
    'that is given up because of a %s is sent again, a few times',
    async code => {
      const { records, dynamodb } = await open()
      dynamodb.next('TransactWriteItems', cancel(code, 'None'), cancel('None', code))
      expect(await records.write(both)).toBe(true)
      expect(dynamodb.seen).toHaveLength(3)
      dynamodb.always('TransactWriteItems', cancel('None', code))
      await expect(records.write([create({ ...ada, sort: 'eve' }), create({ ...ada, sort: 'joe' })])).rejects.toThrow(
        StoreUnavailable,
      )
      expect(dynamodb.seen).toHaveLength(7)
    },
  )

  test('that lost a condition is refused at once, whoever else was in its way', async () => {
    const { records, dynamodb } = await open()
    dynamodb.next('TransactWriteItems', cancel('TransactionConflict', 'ConditionalCheckFailed'))
    expect(await records.write(both)).toBe(false)
    expect(dynamodb.seen).toHaveLength(1)
  })

  test('that breaks a rule of DynamoDB is a mistake of this program, and no outage', async () => {
    const { records, dynamodb } = await open()
    dynamodb.next('TransactWriteItems', cancel('ValidationError', 'None'))
    await expect(records.write(both)).rejects.toMatchObject({ name: 'TransactionCanceledException' })
    await expect(records.write([create(ada, 'x'.repeat(500_000))])).rejects.toMatchObject({
      name: 'ValidationException',
    })
  })

  test('H106 of which no answer comes is an outage', async () => {
    const { records, dynamodb } = await open()
    for (const act of [loseRequest, refuse('AccessDeniedException'), refuse('TransactionInProgressException')]) {
      dynamodb.always('TransactWriteItems', act)
      await expect(records.write(both)).rejects.toBeInstanceOf(StoreUnavailable)
    }
    expect(await records.read(ada)).toBeUndefined()
  })
})

describe('a read', () => {
  test('sees every answered write, of one record, of many and of a list', async () => {
    const { records, dynamodb, resources } = await open()
    await records.read(ada)
    await records.list({ partition: 'users', limit: 5 })
    await records.readMany([ada, bob])
    const [get, query, batch] = dynamodb.seen.map(({ body }) => body)
    expect(get).toMatchObject({ ConsistentRead: true })
    expect(query).toMatchObject({ ConsistentRead: true })
    expect(batch).toMatchObject({ RequestItems: { [resources.appTable]: { ConsistentRead: true } } })
  })

  test('of many asks again for what was left over', async () => {
    const { records, dynamodb, resources } = await open()
    await records.write([create(ada), create(bob)])
    const leaveLast: Act = async (send, { body }) => {
      const { Keys, ...how } = (body.RequestItems as Record<string, { Keys: unknown[] }>)[resources.appTable] ?? {
        Keys: [],
      }
      const answer = await send({ RequestItems: { [resources.appTable]: { ...how, Keys: Keys.slice(0, -1) } } })
      const left = { UnprocessedKeys: { [resources.appTable]: { ...how, Keys: Keys.slice(-1) } } }
      return { ...answer, body: { ...(answer.body as object), ...left } }
    }
    dynamodb.next('BatchGetItem', leaveLast)
    expect(await records.readMany([ada, bob])).toMatchObject([{ key: ada }, { key: bob }])
    expect(dynamodb.operations()).toEqual(['TransactWriteItems', 'BatchGetItem', 'BatchGetItem'])
    const leaveAll: Act = async (_, { body }) => ({ status: 200, body: { UnprocessedKeys: body.RequestItems } })
    dynamodb.always('BatchGetItem', leaveAll)
    await expect(records.readMany([ada, bob])).rejects.toBeInstanceOf(StoreUnavailable)
  })

  test('H106 of which no answer comes is an outage', async () => {
    const { records, dynamodb } = await open()
    for (const operation of ['GetItem', 'Query', 'BatchGetItem']) dynamodb.always(operation, loseRequest)
    await expect(records.read(ada)).rejects.toBeInstanceOf(StoreUnavailable)
    await expect(records.list({ partition: 'users', limit: 5 })).rejects.toBeInstanceOf(StoreUnavailable)
    await expect(records.readMany([ada])).rejects.toBeInstanceOf(StoreUnavailable)
  })
})

describe('the item of a record', () => {
  test('H85 H86 says in seconds when it may be removed, never too early, and beside it when exactly', async () => {
    const { records, item } = await open()
    const expiresAt = at('11:00:00') + 1
    await records.write([{ ...create(ada), expiresAt }])
    expect(await item(ada)).toMatchObject({ e: { N: `${expiresAt}` }, ttl: { N: `${at('11:00:01') / 1_000}` } })
    await records.write([{ key: ada, expect: 1, value: 'for ever' }])
    expect(Object.keys((await item(ada)) ?? {}).toSorted()).toEqual(['j', 'pk', 'sk', 'v'])
  })
})
