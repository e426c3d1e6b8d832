import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { ListSchedulesCommand } from '@aws-sdk/client-scheduler'
import { SQSClient } from '@aws-sdk/client-sqs'
import { describe, expect, onTestFinished, test } from 'vitest'
import { clientOptions } from '../../shared/aws/clients.ts'
import { createHintQueue } from '../../shared/aws/hint-queue.ts'
import { lanes } from '../../shared/aws/names.ts'
import { createTimers } from '../../shared/aws/timers.ts'
import type { TaskRow } from '../../shared/core/task.ts'
import { type NewTask, submit } from '../../shared/core/transitions.ts'
import type { Clock } from '../../shared/ports/clock.ts'
import { newTask } from '../contract/fixtures.ts'
import { entriesOf, receiveAll, standingClock, takeAll } from '../helpers/aws-messages.ts'
import { createClients, sharedResources } from '../helpers/aws-resources.ts'
import { at, createManualClock } from '../helpers/clock.ts'
import { faultyRequests, loseAnswer, refuse } from '../helpers/faulty-requests.ts'

const now = at('10:00:00')
const shared = sharedResources()
const { own } = shared

function taskRow(task: Partial<NewTask> = {}): TaskRow {
  return submit(newTask(task, now), now).row
}

interface QueueOptions {
  readonly timers?: boolean
  readonly isLong?: (row: TaskRow) => boolean
  readonly clock?: Clock
}

function openQueue(options: QueueOptions = {}) {
  const clients = createClients()
  onTestFinished(() => clients.destroy())
  const { sqs, scheduler } = clients
  const requests = faultyRequests(sqs)
  const schedules = faultyRequests(scheduler)
  const clock = options.clock ?? standingClock(now)
  const { queues } = shared.resources
  const timers =
    options.timers === false ? undefined : createTimers({ scheduler, ...shared.resources.timers, queues, clock })
  const hints = createHintQueue({ sqs, queues, timers, isLong: options.isLong ?? (() => false), clock })
  return { hints, requests, schedules }
}

const received = (lane: (typeof lanes)[number]) => receiveAll(own.sqs, shared.resources.queues[lane].url)

describe('a hint', () => {
  test('travels in the lane of its priority, or of long tasks', async () => {
    const { hints } = openQueue({ isLong: row => row.name === 'resize-image' })
    const rows = ([1, 2, 3, 4, 5] as const).map(priority => taskRow({ priority }))
    const long = taskRow({ priority: 2, name: 'resize-image' })
    await Promise.all([...rows, long].map(row => hints.send(row, now)))
    const bodies: Record<string, string[]> = {}
    for (const lane of lanes) bodies[lane] = (await received(lane)).map(({ Body = '' }) => JSON.parse(Body).task)
    expect(bodies).toEqual({
      ...Object.fromEntries(rows.map(({ priority, id }) => [priority, [id]])),
      long: [long.id],
    })
  })

  test.each([
    [-86_400_000, 0],
    [0, 0],
    [1, 1],
    [1_000, 1],
    [1_001, 2],
    [59_001, 60],
    [900_000, 900],
  ])('H30 that is %i ms ahead is delayed by %i s: never before its time', async (ahead, seconds) => {
    const { hints, requests, schedules } = openQueue()
    requests.always('SendMessageBatch', takeAll)
    await hints.send(taskRow({ priority: 5 }), now + ahead)
    expect(requests.seen.flatMap(entriesOf).map(({ DelaySeconds }) => DelaySeconds)).toEqual([seconds])
    expect(schedules.seen).toEqual([])
  })

  test('H48 that is further ahead than a message can be delayed is a schedule, and doubled ones are one', async () => {
    const { hints, requests } = openQueue()
    const row = taskRow()
    await hints.send(row, now + 900_001)
    await hints.send(row, now + 900_001)
    expect(requests.seen).toEqual([])
    const { Schedules = [] } = await own.scheduler.send(
      new ListSchedulesCommand({ GroupName: shared.resources.timers.group }),
    )
    expect(Schedules.filter(({ Name = '' }) => Name.includes(row.id))).toHaveLength(1)
  })

  test('that is a schedule holds up no other', async () => {
    const { hints, requests } = openQueue({ clock: createManualClock(now) })
    requests.always('SendMessageBatch', takeAll)
    const [far, near] = [hints.expect(), hints.expect()]
    await Promise.all([far.send(taskRow(), at('12:00:00')), near.send(taskRow(), now)])
    expect(requests.operations()).toEqual(['SendMessageBatch'])
  })

  test('H6 H48 for which there is no schedule, because of a limit on those, travels as the longest message there is', async () => {
    const { hints, requests, schedules } = openQueue()
    schedules.always('POST', refuse('ServiceQuotaExceededException', 402))
    const row = taskRow()
    await hints.send(row, now + 3 * 3_600_000)
    expect(requests.operations()).toEqual(['SendMessageBatch'])
    expect(requests.seen[0]?.body).toMatchObject({ Entries: [{ DelaySeconds: 900 }] })
  })

  test('H48 where no schedules are: it is sent as late as a message can be, and carries no countdown', async () => {
    const { hints, requests } = openQueue({ timers: false })
    requests.always('SendMessageBatch', takeAll)
    const row = taskRow()
    await hints.send(row, now + 86_400_000)
    const [entry] = requests.seen.flatMap(entriesOf)
    expect(entry).toMatchObject({ DelaySeconds: 900, MessageBody: `{"task":"${row.id}","name":"send-email"}` })
    expect(entry?.MessageAttributes).toBeUndefined()
  })

  test('H6 H106 that AWS refuses is told as an outage, in words that name nothing of the account', async () => {
    const { hints, requests } = openQueue()
    for (const type of ['AccessDeniedException', 'KmsAccessDenied', 'QueueDoesNotExist']) {
      requests.always('SendMessageBatch', refuse(type))
      const error = await hints.send(taskRow(), now).catch((refused: Error) => refused)
      expect(error, type).toMatchObject({ name: 'StoreUnavailable' })
      expect(String(error)).not.toContain('arn:')
    }
  })

  test('H3 whose answer is lost is sent again: two hints are as good as one', async () => {
    const { hints, requests } = openQueue()
    const row = taskRow({ priority: 4 })
    requests.next('SendMessageBatch', loseAnswer)
    await hints.send(row, now)
    expect((await received('4')).map(({ Body = '' }) => JSON.parse(Body).task)).toEqual([row.id, row.id])
  })

  test('H98 to a queue that does not answer is given up after five seconds', async () => {
    const silent = createServer(() => {}).listen(0, '127.0.0.1')
    await once(silent, 'listening')
    const { port } = silent.address() as AddressInfo
    const credentials = { accessKeyId: 'test', secretAccessKey: 'test' }
    const endpoint = `http://127.0.0.1:${port}`
    const sqs = new SQSClient({ ...clientOptions, endpoint, region: 'us-east-1', credentials })
    onTestFinished(() => {
      sqs.destroy()
      silent.close()
    })
    const clock = createManualClock(now)
    const hints = createHintQueue({ sqs, queues: shared.resources.queues, isLong: () => false, clock })
    const sent = hints.send(taskRow(), now).catch((error: Error) => error)
    await once(silent, 'connection')
    await clock.advance(5_000)
    expect(await sent).toMatchObject({ name: 'StoreUnavailable', cause: { message: 'no answer within 5000 ms' } })
  })
})

describe('the group of a hint', () => {
  test.each([
    ['alice', 'alice'],
    ['user_3@example.com/a:b', 'user_3@example.com/a:b'],
    ['x'.repeat(128), 'x'.repeat(128)],
  ])('H104 is its owner: %s', async (owner, group) => {
    const { hints } = openQueue()
    await hints.send(taskRow({ owner, priority: 1 }), now)
    const [message] = await received('1')
    expect(message?.Attributes?.MessageGroupId).toBe(group)
  })

  test.each([[''], ['x'.repeat(129)], ['two words'], ['Zoë'], ['new\nline']])(
    'H104 stands for an owner whose name cannot be one: %j',
    async owner => {
      const { hints } = openQueue()
      await Promise.all([owner, owner, `${owner}!`].map(each => hints.send(taskRow({ owner: each, priority: 2 }), now)))
      const groups = (await received('2')).map(({ Attributes }) => Attributes?.MessageGroupId ?? '')
      expect(groups).toHaveLength(3)
      expect(groups[0]).toMatch(/^[\w-]{43}$/)
      expect(new Set(groups).size).toBe(2)
    },
  )
})

test('H23 H55 a dead letter that is sent again is a new message: its retention begins anew, and it tells its rounds', async () => {
  const { hints } = openQueue()
  const row = taskRow({ priority: 5 })
  await hints.send(row, now)
  const [first] = await received('5')
  await hints.sendAgain(row, now, 3)
  const [second] = await received('5')
  expect(second?.MessageAttributes).toEqual({ rounds: { DataType: 'Number', StringValue: '3' } })
  expect(second?.Body).toBe(first?.Body)
  expect(second?.MessageId).not.toBe(first?.MessageId)
  expect(second?.Attributes?.ApproximateReceiveCount).toBe('1')
  expect(Number(second?.Attributes?.SentTimestamp)).toBeGreaterThan(Number(first?.Attributes?.SentTimestamp))
})
