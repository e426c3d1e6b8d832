import { randomUUID } from 'node:crypto'
import { PurgeQueueCommand, SendMessageCommand } from '@aws-sdk/client-sqs'
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { createMessages } from '../../shared/aws/messages.ts'
import type { Lane } from '../../shared/aws/names.ts'
import { createQuarantine } from '../../shared/aws/quarantine.ts'
import type { Received } from '../../shared/ports/messages.ts'
import { systemClock } from '../../shared/runtime/clock.ts'
import { countMessages, receiveAll } from '../helpers/aws-messages.ts'
import { createClients, sharedResources } from '../helpers/aws-resources.ts'
import { faultyRequests, loseAnswer, refuse } from '../helpers/faulty-requests.ts'

const shared = sharedResources()
const { own } = shared
beforeEach(async () => {
  // Each test has the queues for itself.
  await Promise.all(
    Object.values(shared.resources.queues).map(({ url }) => own.sqs.send(new PurgeQueueCommand({ QueueUrl: url }))),
  )
})

function openMessages() {
  const clients = createClients()
  onTestFinished(() => clients.destroy())
  const requests = faultyRequests(clients.sqs)
  return { messages: createMessages(clients.sqs, Object.values(shared.resources.queues), systemClock), requests }
}

/** What is visible in a lane, hidden by it, as a function is given it. */
async function received(lane: Lane): Promise<Received[]> {
  const { url, arn } = shared.resources.queues[lane]
  const found = await receiveAll(own.sqs, url)
  return found.map(({ MessageId = '', ReceiptHandle = '' }) => ({
    messageId: MessageId,
    receipt: ReceiptHandle,
    queue: arn,
  }))
}

async function sent(lane: Lane, count: number): Promise<Received[]> {
  const { url } = shared.resources.queues[lane]
  for (let index = 0; index < count; index++)
    await own.sqs.send(new SendMessageCommand({ QueueUrl: url, MessageBody: `message ${index}` }))
  const messages = await received(lane)
  expect(messages).toHaveLength(count)
  return messages
}

const ids = (messages: readonly Received[]) => messages.map(({ messageId }) => messageId).sort()

describe('hiding messages', () => {
  test('H37 takes so many seconds from now on, in calls of ten', async () => {
    const { messages, requests } = openMessages()
    const some = await sent('1', 23)
    expect(await messages.hide(some, 35)).toEqual(new Set())
    expect(requests.operations()).toEqual(Array(3).fill('ChangeMessageVisibilityBatch'))
    const entries = requests.seen.flatMap(({ body }) => body.Entries as { VisibilityTimeout: number }[])
    expect(entries.map(({ VisibilityTimeout }) => VisibilityTimeout)).toEqual(Array(23).fill(35))
    expect(await received('1')).toEqual([])
    // The proof that they were these: none of them is hidden any longer.
    await messages.hide(some, 0)
    expect(ids(await received('1'))).toEqual(ids(some))
  })

  test('finds the queue of each by where it came from', async () => {
    const { messages } = openMessages()
    const some = [...(await sent('1', 2)), ...(await sent('2', 3))]
    expect(await messages.hide(some, 0)).toEqual(new Set())
    expect(ids([...(await received('1')), ...(await received('2'))])).toEqual(ids(some))
  })

  test('H37 names those for which it has not happened, and hides the others', async () => {
    const { messages, requests } = openMessages()
    const [first, second, third] = await sent('1', 3)
    if (!first || !second || !third) throw new Error('there are three')
    requests.next('ChangeMessageVisibilityBatch', async (send, { body }) => {
      const entries = body.Entries as { Id: string; ReceiptHandle: string }[]
      const taken = entries.filter(({ ReceiptHandle }) => ReceiptHandle !== second.receipt)
      const { body: answer } = await send({ ...body, Entries: taken })
      const failed = entries
        .filter(entry => !taken.includes(entry))
        .map(({ Id }) => ({ Id, SenderFault: true, Code: 'x' }))
      return { status: 200, body: { ...(answer as object), Failed: failed } }
    })
    expect(await messages.hide([first, second, third], 0)).toEqual(new Set([second.messageId]))
    expect(ids(await received('1'))).toEqual(ids([first, third]))
  })

  test('H37 names those that the answer does not mention', async () => {
    const { messages, requests } = openMessages()
    const some = await sent('1', 2)
    requests.next('ChangeMessageVisibilityBatch', async () => ({ status: 200, body: {} }))
    expect(await messages.hide(some, 35)).toEqual(new Set(ids(some)))
  })

  test('H106 names all of a call that is refused, and none of another one', async () => {
    const { messages, requests } = openMessages()
    const [there, here] = [await sent('1', 2), await sent('2', 2)]
    requests.always('ChangeMessageVisibilityBatch', async (send, request) =>
      request.body.QueueUrl === shared.resources.queues['1'].url
        ? { status: 403, body: { __type: 'com.amazonaws#AccessDeniedException', message: 'no' } }
        : send(),
    )
    expect(await messages.hide([...there, ...here], 0)).toEqual(new Set(ids(there)))
    expect(ids(await received('2'))).toEqual(ids(here))
  })

  test('names those of a queue that is not ours', async () => {
    const { messages, requests } = openMessages()
    const foreign = { messageId: randomUUID(), receipt: 'r', queue: 'arn:aws:sqs:us-east-1:1:another' }
    expect(await messages.hide([foreign], 35)).toEqual(new Set([foreign.messageId]))
    expect(requests.seen).toEqual([])
  })

  test('of none asks nobody', async () => {
    const { messages, requests } = openMessages()
    expect(await messages.hide([], 35)).toEqual(new Set())
    expect(requests.seen).toEqual([])
  })

  test('whose answer is lost is asked for again', async () => {
    const { messages, requests } = openMessages()
    const some = await sent('1', 1)
    requests.next('ChangeMessageVisibilityBatch', loseAnswer)
    expect(await messages.hide(some, 35)).toEqual(new Set())
    expect(requests.seen).toHaveLength(2)
  })
})

describe('deleting a message', () => {
  test('H37 removes it, and it alone', async () => {
    const { messages } = openMessages()
    const [first, second] = await sent('1', 2)
    if (!first || !second) throw new Error('there are two')
    await messages.delete(first)
    expect(await countMessages(own.sqs, shared.resources.queues['1'].url)).toBe(1)
    await messages.hide([second], 0)
    expect(ids(await received('1'))).toEqual([second.messageId])
  })

  test('H106 that is refused says so', async () => {
    const { messages, requests } = openMessages()
    const [first] = await sent('1', 1)
    if (!first) throw new Error('there is one')
    requests.always('DeleteMessage', refuse('AccessDeniedException'))
    await expect(messages.delete(first)).rejects.toMatchObject({ name: 'StoreUnavailable' })
    expect(await countMessages(own.sqs, shared.resources.queues['1'].url)).toBe(1)
  })

  test('of a queue that is not ours is a mistake of ours', async () => {
    const { messages } = openMessages()
    const foreign = { messageId: 'm', receipt: 'r', queue: 'arn:aws:sqs:us-east-1:1:another' }
    await expect(messages.delete(foreign)).rejects.toThrow(TypeError)
  })
})

describe('a message that is put aside', () => {
  const put = (message: { readonly body: string; readonly why: string }) => {
    const clients = createClients()
    onTestFinished(() => clients.destroy())
    const { url, arn } = shared.resources.queues['2']
    return createQuarantine(clients.sqs, url, systemClock)({ messageId: 'message-7', queue: arn, ...message })
  }

  test('H53 is as it was, and says where it was and why it is here', async () => {
    await put({ body: '{"task":', why: 'it is not JSON' })
    const [found] = await receiveAll(own.sqs, shared.resources.queues['2'].url)
    expect(found?.Body).toBe('{"task":')
    const told = Object.entries(found?.MessageAttributes ?? {}).map(([name, { StringValue }]) => [name, StringValue])
    expect(Object.fromEntries(told)).toEqual({
      messageId: 'message-7',
      queue: shared.resources.queues['2'].arn,
      why: 'it is not JSON',
    })
  })

  test('H53 of the longest kind that SQS takes is cut, so that there is room for that', async () => {
    await put({ body: 'x'.repeat(1_048_576), why: 'it is not JSON' })
    const [found] = await receiveAll(own.sqs, shared.resources.queues['2'].url)
    expect(found?.Body).toBe('x'.repeat(250_000))
  })
})
