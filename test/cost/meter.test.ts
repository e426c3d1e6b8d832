import { randomUUID } from 'node:crypto'
import {
  type AttributeValue,
  BatchGetItemCommand,
  CreateTableCommand,
  type CreateTableCommandInput,
  DeleteItemCommand,
  DeleteTableCommand,
  DynamoDBClient,
  GetItemCommand,
  ListTablesCommand,
  PutItemCommand,
  QueryCommand,
  ScanCommand,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb'
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  DeleteQueueCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SQSClient,
} from '@aws-sdk/client-sqs'
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest'
import { type Meter, startMeter } from './meter.ts'

const account = { region: 'us-east-1', credentials: { accessKeyId: 'test', secretAccessKey: 'test' } }
const TableName = `meter-${randomUUID()}`
const schema: CreateTableCommandInput = {
  TableName,
  BillingMode: 'PAY_PER_REQUEST',
  AttributeDefinitions: ['pk', 'sk', 'list', 'place'].map(AttributeName => ({ AttributeName, AttributeType: 'S' })),
  KeySchema: [
    { AttributeName: 'pk', KeyType: 'HASH' },
    { AttributeName: 'sk', KeyType: 'RANGE' },
  ],
  GlobalSecondaryIndexes: [
    {
      IndexName: 'lists',
      KeySchema: [
        { AttributeName: 'list', KeyType: 'HASH' },
        { AttributeName: 'place', KeyType: 'RANGE' },
      ],
      Projection: { ProjectionType: 'KEYS_ONLY' },
    },
  ],
}
const direct = new DynamoDBClient({ ...account, endpoint: inject('emulatorUrl') })
let meter: Meter
let dynamodb: DynamoDBClient

beforeAll(async () => {
  await direct.send(new CreateTableCommand(schema))
  meter = await startMeter(inject('emulatorUrl'))
  dynamodb = new DynamoDBClient({ ...account, endpoint: meter.url, maxAttempts: 1 })
})
afterAll(async () => {
  await meter.close()
  await direct.send(new DeleteTableCommand({ TableName }))
  dynamodb.destroy()
  direct.destroy()
})

type Item = Record<string, AttributeValue>
/** An item of so many bytes, without what is more. */
const item = (pk: string, bytes: number, more: Item = {}): Item => ({
  pk: { S: pk },
  sk: { S: 'task' },
  text: { S: 'x'.repeat(bytes - 'pk'.length - pk.length - 'sktask'.length - 'text'.length) },
  ...more,
})
const listed = { list: { S: 'alice#1' }, place: { S: '0001' } }
const key = (pk: string) => ({ pk: { S: pk }, sk: { S: 'task' } })
const units = () => {
  const { writeUnits, readUnits, sqsRequests } = meter.take().usage
  return { writeUnits, readUnits, sqsRequests }
}
beforeEach(() => void meter.take())

describe('writes', () => {
  // What the emulator reports of each of them is compared by the meter itself: it would object.
  const put = (Item: Item) => new PutItemCommand({ TableName, Item })
  const update = (pk: string, UpdateExpression: string, values: Item) =>
    new UpdateItemCommand({
      TableName,
      Key: key(pk),
      UpdateExpression,
      ExpressionAttributeValues: values,
      ReturnValues: 'ALL_NEW',
    })
  const remove = (pk: string) => new DeleteItemCommand({ TableName, Key: key(pk) })
  const y = { ':y': { S: 'y' } }

  test.each<[string, Item[], PutItemCommand | UpdateItemCommand | DeleteItemCommand, number]>([
    ['1,024 bytes are one unit', [], put(item('a', 1_024)), 1],
    ['one byte more is another', [], put(item('b', 1_025)), 2],
    ['an entry of an index is one', [], put(item('c', 900, listed)), 2],
    ['the larger of before and after counts', [item('d', 3_000)], put(item('d', 100)), 3],
    ['an entry that stays is none', [item('e', 900, listed)], update('e', 'SET title = :y', y), 1],
    ['an entry that moves is two', [item('f', 900, listed)], update('f', 'SET place = :y', y), 3],
    ['an entry that goes is one', [item('g', 900, listed)], update('g', 'REMOVE place SET title = :y', y), 2],
    ['an item that goes counts as it was', [item('h', 2_500, listed)], remove('h'), 4],
    ['nothing that goes is one', [], remove('none'), 1],
  ])('%s', async (_what, before, command, expected) => {
    for (const each of before) await direct.send(put(each))
    // What the client takes as a command does not know the others.
    await dynamodb.send(command as PutItemCommand)
    expect(units()).toEqual({ writeUnits: expected, readUnits: 0, sqsRequests: 0 })
    expect(meter.objections).toEqual([])
  })

  test('a condition that does not hold costs what the table would have been written, and no index', async () => {
    await direct.send(put(item('taken', 2_500, listed)))
    const second = { TableName, Item: item('taken', 100, listed), ConditionExpression: 'attribute_not_exists(pk)' }
    await expect(dynamodb.send(new PutItemCommand(second))).rejects.toThrow('conditional')
    expect(units()).toMatchObject({ writeUnits: 3 })
  })

  test('in a transaction costs twice as much, of the items that it makes and of those that it removes', async () => {
    await direct.send(put(item('old', 1_500)))
    const Put = { TableName, Item: item('new', 2_500) }
    const Delete = { TableName, Key: key('old') }
    await dynamodb.send(new TransactWriteItemsCommand({ TransactItems: [{ Put }, { Delete }] }))
    expect(units()).toMatchObject({ writeUnits: 2 * (3 + 2) })
    // What it has left is known.
    await dynamodb.send(new DeleteItemCommand({ TableName, Key: key('new') }))
    expect(units()).toMatchObject({ writeUnits: 3 })
    expect(meter.objections).toEqual([])
  })

  test('a request that is refused costs nothing', async () => {
    const wrong = { TableName, Item: item('x', 100), ConditionExpression: 'nonsense(' }
    await expect(dynamodb.send(new PutItemCommand(wrong))).rejects.toThrow('Expression')
    expect(units()).toMatchObject({ writeUnits: 0 })
  })
})

describe('reads', () => {
  const many = ['r1', 'r2', 'r3']
  beforeAll(async () => {
    for (const [index, pk] of many.entries()) {
      const more = { list: { S: 'reads' }, place: { S: `${index}` } }
      await direct.send(new PutItemCommand({ TableName, Item: item(pk, 5_000, more) }))
    }
  })

  test('of one item: by 4 KB, half when it may be an old one', async () => {
    await dynamodb.send(new GetItemCommand({ TableName, Key: key('r1'), ConsistentRead: true }))
    expect(units()).toMatchObject({ readUnits: 2 })
    await dynamodb.send(new GetItemCommand({ TableName, Key: key('r1'), ProjectionExpression: 'pk' }))
    expect(units()).toMatchObject({ readUnits: 1 })
    await dynamodb.send(new GetItemCommand({ TableName, Key: key('none'), ConsistentRead: true }))
    expect(units()).toMatchObject({ readUnits: 1 })
  })

  test('of several items: each rounded up by itself', async () => {
    await dynamodb.send(new BatchGetItemCommand({ RequestItems: { [TableName]: { Keys: many.map(key) } } }))
    expect(units()).toMatchObject({ readUnits: 3 })
  })

  test('of a page: all of its bytes together, whatever a filter leaves over', async () => {
    const of = (index?: string): QueryCommand =>
      new QueryCommand({
        TableName,
        KeyConditionExpression: '#key = :key',
        FilterExpression: 'attribute_exists(nothing)',
        ExpressionAttributeNames: { '#key': index ? 'list' : 'pk' },
        ExpressionAttributeValues: { ':key': { S: index ? 'reads' : 'r1' } },
        ...(index !== undefined && { IndexName: index }),
      })
    await dynamodb.send(of())
    expect(units()).toMatchObject({ readUnits: 1 })
    // Its entries hold keys only.
    await dynamodb.send(of('lists'))
    expect(units()).toMatchObject({ readUnits: 0.5 })
  })

  test('of a scan', async () => {
    const { Items = [] } = await direct.send(new ScanCommand({ TableName }))
    const bytes = Items.reduce((sum, { text }) => sum + (text?.S?.length ?? 0), 0)
    await dynamodb.send(new ScanCommand({ TableName, ProjectionExpression: 'pk' }))
    const { readUnits } = units()
    expect(readUnits).toBeGreaterThanOrEqual(bytes / 4_096 / 2)
    expect(readUnits).toBeLessThanOrEqual((bytes + 50 * Items.length) / 4_096 / 2 + 0.5)
  })
})

describe('messages', () => {
  test('a call for each 64 KB begun of what it carries', async () => {
    const queues = new SQSClient({ ...account, endpoint: inject('emulatorUrl') })
    const sqs = new SQSClient({ ...account, endpoint: meter.url, useQueueUrlAsEndpoint: false })
    const { QueueUrl = '' } = await queues.send(new CreateQueueCommand({ QueueName: `meter-${randomUUID()}` }))
    try {
      const Entries = [1, 2].map(id => ({ Id: `${id}`, MessageBody: 'x'.repeat(33_000), MessageGroupId: 'alice' }))
      await sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries }))
      expect(units()).toMatchObject({ sqsRequests: 2 })
      const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 1 }))
      expect(units()).toMatchObject({ sqsRequests: 1 })
      const ReceiptHandle = Messages[0]?.ReceiptHandle ?? ''
      await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }))
      expect(meter.take()).toMatchObject({
        usage: { sqsRequests: 1, fairRequests: 1 },
        calls: { 'sqs DeleteMessage': 1 },
      })
    } finally {
      await queues.send(new DeleteQueueCommand({ QueueUrl }))
      for (const client of [queues, sqs]) client.destroy()
    }
  })
})

test('a call that it has no price for is refused, and told', async () => {
  await expect(dynamodb.send(new ListTablesCommand({}))).rejects.toThrow()
  expect(meter.objections).toEqual([expect.stringContaining('ListTables')])
})
