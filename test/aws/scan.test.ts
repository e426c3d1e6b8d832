import { CloudWatchClient, PutMetricDataCommand } from '@aws-sdk/client-cloudwatch'
import { PutItemCommand } from '@aws-sdk/client-dynamodb'
import { PurgeQueueCommand, SendMessageCommand } from '@aws-sdk/client-sqs'
import { describe, expect, inject, onTestFinished, test } from 'vitest'
import { clientOptions } from '../../shared/aws/clients.ts'
import { createQueueAges } from '../../shared/aws/queue-age.ts'
import { scannedFields } from '../../shared/aws/scan.ts'
import { createScanPlaces } from '../../shared/aws/scan-places.ts'
import { defineTask } from '../../shared/core/definition.ts'
import { encodeTime } from '../../shared/core/task-id.ts'
import type { Scan, ScannedPage } from '../../shared/ports/scan.ts'
import { systemClock } from '../../shared/runtime/clock.ts'
import type { AwsStore } from '../helpers/aws-store.ts'
import { at } from '../helpers/clock.ts'
import { loseRequest, refuse } from '../helpers/faulty-requests.ts'
import { noise, openScanning, START } from './scanning.ts'

const QUARTER = 15 * 60_000
const quiet = defineTask({ name: 'quiet', run: () => null })
const line = { at: at('09:30:00'), run: 1, attempt: 1, level: 'info', message: 'm' } as const

async function pagesOf(scan: Scan): Promise<ScannedPage[]> {
  const pages: ScannedPage[] = []
  for (let segment = 0; segment < scan.segments; segment++) {
    let after: string | undefined
    do {
      const page = await scan.page(segment, after)
      pages.push(page)
      after = page.next
    } while (after !== undefined)
  }
  return pages
}

describe('a scan', () => {
  test('H18 sees every row once, segment by segment and page by page, with what a hint needs', async () => {
    const { store, scan } = await openScanning([quiet], 3)
    const text = noise(240_000)
    const submitted = await Promise.all(
      Array.from({ length: 40 }, (_, index) =>
        store.submit({ payload: index < 24 ? text : 'short', priority: 2, timeoutMs: 90_000 }),
      ),
    )
    await store.backend.dispatch.put({ selector: { kind: 'all' }, reason: 'x', actor: 'user_9', since: 1 })
    const pages = await pagesOf(scan)
    expect(pages.length).toBeGreaterThan(scan.segments)
    const rows = pages.flatMap(page => page.rows)
    expect(rows.map(({ id }) => id).sort()).toEqual(submitted.map(({ id }) => id).sort())
    const [first] = submitted
    for (const field of scannedFields) {
      expect([field, rows.find(({ id }) => id === first?.id)?.[field]]).toEqual([field, first?.[field]])
    }
    expect(pages.flatMap(page => page.suspects)).toEqual([])
  })

  test('H102 passes over a row that it cannot read, and says so', async () => {
    const { store, scan } = await openScanning([quiet], 1)
    const { id } = await store.submit()
    const whole = await store.item(id)
    for (const [index, part] of [{ po: { S: 'no JSON' } }, { s: { S: 'LOST' } }, { ra: { S: 'noon' } }].entries()) {
      const item = { ...whole, pk: { S: `task_0000000000000000000000000${index}` }, ...part }
      await store.clients.dynamodb.send(new PutItemCommand({ TableName: store.resources.tasksTable, Item: item }))
    }
    const [page] = await pagesOf(scan)
    expect(page?.rows.map(row => row.id)).toEqual([id])
    expect(page?.unreadable).toBe(3)
  })

  test('takes no longer than a call may when DynamoDB does not answer', async () => {
    const { scan, dynamodb } = await openScanning([quiet], 1)
    dynamodb.always('Scan', loseRequest)
    await expect(scan.page(0)).rejects.toThrow('AWS answered')
  })
})

describe('texts without a row', () => {
  const left = async (store: AwsStore) =>
    (await store.items()).map(({ pk, sk }) => `${pk?.S} ${sk?.S?.slice(0, 8)}`).sort()

  test('H7 go when they are older than any submit takes, and only then', async () => {
    const { store, scan, clock } = await openScanning([quiet], 2)
    const [gone, kept] = [await store.submit({ payload: noise(3_000) }), await store.submit({ payload: noise(3_000) })]
    for (const { id } of [gone, kept]) await store.backend.logs.append(id, [line])
    await store.remove(gone.id)
    clock.set(START + QUARTER)
    expect((await pagesOf(scan)).flatMap(page => page.suspects)).toEqual([])
    clock.set(START + QUARTER + 1)
    const suspects = (await pagesOf(scan)).flatMap(page => page.suspects)
    expect(new Set(suspects.map(({ task }) => task))).toEqual(new Set([gone.id]))
    expect(await scan.removeOrphans(suspects)).toBe(2)
    expect(await left(store)).toEqual(
      [
        `${kept.id} body#${kept.payloadAt?.slice(0, 3)}`,
        `${kept.id} log#${encodeTime(line.at).slice(0, 4)}`,
        `${kept.id} task`,
      ].sort(),
    )
  })

  test('H7 H17 of a row that the page has not seen are asked about consistently, and stay', async () => {
    const { store, scan, dynamodb } = await openScanning([quiet], 1)
    const { id, payloadAt } = await store.submit({ payload: noise(3_000) })
    const suspects = [{ task: id, key: `body#${payloadAt}` }]
    expect(await scan.removeOrphans(suspects)).toBe(0)
    expect(dynamodb.operations()).not.toContain('BatchWriteItem')
    const asked = dynamodb.seen.find(({ operation }) => operation === 'BatchGetItem')?.body.RequestItems
    expect(Object.values(asked as object)).toMatchObject([{ ConsistentRead: true }])
  })

  test('what DynamoDB leaves over is asked for, and removed, again', async () => {
    const { store, scan, dynamodb } = await openScanning([quiet], 1)
    const { id, payloadAt = '' } = await store.submit({ payload: noise(3_000) })
    for (const key of ['a', 'b']) await store.backend.blobs.put('task_gone', payloadAt + key, '1')
    const suspects = [
      { task: id, key: `body#${payloadAt}` },
      ...['a', 'b'].map(key => ({ task: 'task_gone', key: `body#${payloadAt}${key}` })),
    ]
    const table = store.resources.tasksTable
    // Nobody has looked for the row of this one yet: it must not be taken for gone.
    dynamodb.next('BatchGetItem', async (_, { body }) => ({
      status: 200,
      body: { Responses: { [table]: [] }, UnprocessedKeys: body.RequestItems },
    }))
    dynamodb.next('BatchWriteItem', async (send, { body }) => {
      const [first, ...rest] = (body.RequestItems as Record<string, unknown[]>)[table] ?? []
      await send({ ...body, RequestItems: { [table]: [first] } })
      return { status: 200, body: { UnprocessedItems: { [table]: rest } } }
    })
    expect(await scan.removeOrphans(suspects)).toBe(2)
    expect((await left(store)).length).toBe(2)
  })

  test('what is left over for good counts as not removed, and a row that nobody could ask for keeps its texts', async () => {
    const { store, scan, dynamodb } = await openScanning([quiet], 1)
    await store.backend.blobs.put('task_gone', 'a', '1')
    const suspects = [{ task: 'task_gone', key: 'body#a' }]
    const answers =
      (name: string) =>
      async (_: unknown, { body }: { body: Readonly<Record<string, unknown>> }) => ({
        status: 200,
        body: { [name]: body.RequestItems },
      })
    dynamodb.always('BatchWriteItem', answers('UnprocessedItems'))
    expect(await scan.removeOrphans(suspects)).toBe(0)
    dynamodb.always('BatchWriteItem')
    dynamodb.always('BatchGetItem', answers('UnprocessedKeys'))
    expect(await scan.removeOrphans(suspects)).toBe(0)
    expect(await left(store)).toEqual(['task_gone body#a'])
  })
})

describe('places of a pass', () => {
  test('H18 are there for the next call, each pass and each division of the table apart, until they are cleared', async () => {
    const { store, clock } = await openScanning([quiet], 1)
    const options = { dynamodb: store.clients.dynamodb, tableName: store.resources.appTable, clock }
    const places = createScanPlaces({ ...options, segments: 12 })
    const kept = [
      { segment: 3, after: '["task_1","task"]', at: at('09:30:01') },
      { segment: 11, at: at('09:30:02') },
    ]
    await places.save('all', { segment: 3, after: '["task_0","task"]', at: at('09:30:00') })
    for (const place of kept) await places.save('all', place)
    await places.save('name:quiet', { segment: 2, after: '["task_2","task"]', at: at('09:30:03') })
    expect((await places.read('all')).toSorted((a, b) => a.segment - b.segment)).toEqual(kept)
    expect(await places.read('name:quiet')).toMatchObject([{ segment: 2 }])
    expect(await createScanPlaces({ ...options, segments: 1 }).read('all')).toEqual([])
    await places.clear('all')
    expect(await places.read('all')).toEqual([])
    expect(await places.read('name:quiet')).toMatchObject([{ segment: 2 }])
  })
})

describe('the age of a queue', () => {
  async function openAges() {
    const { store, clients, sqs, clock } = await openScanning([quiet], 1)
    const cloudwatch = new CloudWatchClient({
      ...clientOptions,
      endpoint: inject('emulatorUrl'),
      region: 'us-east-1',
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    })
    onTestFinished(() => cloudwatch.destroy())
    const { queues } = store.resources
    // CloudWatch goes by the emulator's clock.
    clock.set(systemClock.now())
    const ages = createQueueAges({ sqs: clients.sqs, cloudwatch, queues, isLong: ({ name }) => name === 'long', clock })
    const row = await store.submit({ priority: 3 })
    await store.clients.sqs.send(new PurgeQueueCommand({ QueueUrl: queues['3'].url }))
    const send = (lane: '3' | 'long') =>
      store.clients.sqs.send(new SendMessageCommand({ QueueUrl: queues[lane].url, MessageBody: 'x' }))
    const measure = (lane: '3' | 'long', seconds: number, takenAt: number) =>
      cloudwatch.send(
        new PutMetricDataCommand({
          Namespace: 'AWS/SQS',
          MetricData: [
            {
              MetricName: 'ApproximateAgeOfOldestMessage',
              Dimensions: [{ Name: 'QueueName', Value: queues[lane].arn.split(':').at(-1) }],
              Timestamp: new Date(takenAt),
              Value: seconds,
            },
          ],
        }),
      )
    return { ages, row, send, measure, clock, sqs }
  }

  test('H20 is nothing while no message waits there', async () => {
    const { ages, row, measure, clock } = await openAges()
    await measure('3', 4_000, clock.now() - 60_000)
    expect(await ages.of(row)).toBe(0)
  })

  test('H20 is what CloudWatch has measured last, and what has passed since', async () => {
    const { ages, row, send, measure, clock } = await openAges()
    await send('3')
    const minute = clock.now() - (clock.now() % 60_000)
    await measure('3', 9_000, minute - 240_000)
    await measure('3', 700, minute - 120_000)
    expect(await ages.of(row)).toBe(700_000 + clock.now() - (minute - 120_000))
  })

  test('H20 is taken for an hour where nobody has measured it, or can tell', async () => {
    const { ages, row, send, sqs, clock } = await openAges()
    await send('3')
    expect(await ages.of(row)).toBe(3_600_000)
    sqs.always('GetQueueAttributes', refuse('AccessDenied', 403))
    await clock.advance(60_000)
    expect(await ages.of(row)).toBe(3_600_000)
  })

  test('is asked for once a minute, and by the queue that a row’s hints travel in', async () => {
    const { ages, row, send, sqs, clock } = await openAges()
    await send('long')
    const asked = () => sqs.operations().filter(operation => operation === 'GetQueueAttributes').length
    expect(await Promise.all([ages.of(row), ages.of(row), ages.of({ ...row, name: 'long' })])).toEqual([
      0, 0, 3_600_000,
    ])
    expect(asked()).toBe(2)
    await clock.advance(59_999)
    await ages.of(row)
    expect(asked()).toBe(2)
    await send('3')
    await clock.advance(1)
    expect(await ages.of(row)).toBe(3_600_000)
  })
})
