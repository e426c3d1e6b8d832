import { UpdateItemCommand } from '@aws-sdk/client-dynamodb'
import {
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SetQueueAttributesCommand,
} from '@aws-sdk/client-sqs'
import { expect, test } from 'vitest'
import type { Lane } from '../../../shared/aws/names.ts'
import { attributes, rowKey } from '../../../shared/aws/row-codec.ts'
import { hintBody } from '../../../shared/ports/hint-message.ts'
import { eventually } from '../eventually.ts'
import type { Stage } from '../stage.ts'
import { allItems, type Drive, depth, EMPTY } from './drive.ts'

const NOBODY = 'task_00000000000000000000000000'
const MALFORMED = 'this is no hint'

export function messages(drive: Drive): void {
  test('H28 H53 H57 strangers in a queue: a hint of an unknown task is gone at once, a malformed message is put aside, their neighbours run', async () => {
    const { api, stage } = drive()
    const { url } = await stage.queue('1')
    await giveUpAfterOneReceive(stage, url)
    await put(stage, url, [MALFORMED, hintBody({ id: NOBODY, name: 'echo' }), hintBody({ id: NOBODY, name: 'nobody' })])
    const neighbours = await Promise.all([1, 2, 3].map(payload => api.submit({ name: 'echo', payload, priority: 1 })))
    for (const id of neighbours) expect(await api.ended(id)).toMatchObject({ state: 'COMPLETED', attempt: 1 })
    // Left are the one that nobody can read, and the one whose handler may be known to a newer version.
    await eventually(
      () => depth(stage, url),
      ({ visible, inFlight }) => visible === 0 && inFlight === 2,
    )
    const quarantine = await stage.variable('quarantineUrl', 'dead-letter')
    await eventually(
      () => depth(stage, quarantine),
      ({ visible }) => visible > 0,
      90_000,
    )
    const { Messages = [] } = await stage.clients.sqs.send(
      new ReceiveMessageCommand({ QueueUrl: quarantine, MaxNumberOfMessages: 10, MessageAttributeNames: ['All'] }),
    )
    expect(Messages).toMatchObject([{ Body: MALFORMED, MessageAttributes: { why: { StringValue: 'it is not JSON' } } }])
    expect(await depth(stage, url)).toEqual(EMPTY)
    expect((await allItems(stage)).filter(({ pk }) => pk?.S === NOBODY)).toEqual([])
  })

  test('H53 H56 in the redrive queue a hint of a task that waits is sent again, one of a task that has ended is dropped', async () => {
    const { api, stage } = drive()
    const { url } = await stage.queue('4')
    const deadUrl = await redriveQueue(stage, '4')
    const waiting = await api.submit({ name: 'echo', delay: '14m', priority: 4 })
    const done = await api.submit({ name: 'echo' })
    await api.ended(done)
    const before = await depth(stage, url)
    await put(stage, deadUrl, [hintBody({ id: done, name: 'echo' }), hintBody({ id: waiting, name: 'echo' })])
    await eventually(
      async () => [await depth(stage, url), await depth(stage, deadUrl)] as const,
      ([queue, dead]) => queue.delayed === before.delayed + 1 && dead.visible + dead.inFlight === 0,
    )
    expect(await api.task(waiting)).toMatchObject({ state: 'SCHEDULED', attempt: 0 })
    await api.post(`/api/v1/tasks/${waiting}/cancel`, undefined)
  })

  test('H102 a row of a newer version is neither claimed nor given up; once it is ours to read, it runs', async () => {
    const { api, stage } = drive()
    const id = await api.submit({ name: 'echo', delay: '3s', payload: 'from the future' })
    await setVersion(stage, id, 2)
    await api.ended(await api.submit({ name: 'echo', delay: '6s' }))
    expect(await api.task(id)).toMatchObject({ state: 'PENDING', attempt: 0 })
    await setVersion(stage, id, 1)
    expect(await api.ended(id)).toMatchObject({ state: 'COMPLETED', attempt: 1, result: 'from the future' })
  })
}

async function put(stage: Stage, url: string, bodies: readonly string[]): Promise<void> {
  const Entries = bodies.map((MessageBody, index) => ({ Id: `m${index}`, MessageBody }))
  const { Failed = [] } = await stage.clients.sqs.send(new SendMessageBatchCommand({ QueueUrl: url, Entries }))
  expect(Failed).toEqual([])
}

/** Nobody wants to wait until a message has come back ten times. */
async function giveUpAfterOneReceive(stage: Stage, url: string): Promise<void> {
  const policy = { ...(await redrivePolicy(stage, url)), maxReceiveCount: 1 }
  await stage.clients.sqs.send(
    new SetQueueAttributesCommand({ QueueUrl: url, Attributes: { RedrivePolicy: JSON.stringify(policy) } }),
  )
}

async function redriveQueue(stage: Stage, lane: Lane): Promise<string> {
  const { url } = await stage.queue(lane)
  const { deadLetterTargetArn: arn } = await redrivePolicy(stage, url)
  const { QueueUrl = '' } = await stage.clients.sqs.send(
    new GetQueueUrlCommand({ QueueName: arn.slice(arn.lastIndexOf(':') + 1) }),
  )
  return QueueUrl
}

async function redrivePolicy(stage: Stage, url: string): Promise<{ readonly deadLetterTargetArn: string }> {
  const { Attributes } = await stage.clients.sqs.send(
    new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['RedrivePolicy'] }),
  )
  return JSON.parse(Attributes?.RedrivePolicy ?? '{}')
}

async function setVersion(stage: Stage, id: string, schemaVersion: number): Promise<void> {
  await stage.clients.dynamodb.send(
    new UpdateItemCommand({
      TableName: await stage.variable('tasksTable'),
      Key: rowKey(id),
      UpdateExpression: 'SET #version = :version',
      ExpressionAttributeNames: { '#version': attributes.schemaVersion },
      ExpressionAttributeValues: { ':version': { N: String(schemaVersion) } },
    }),
  )
}
