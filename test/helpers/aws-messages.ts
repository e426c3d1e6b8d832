import { createHash } from 'node:crypto'
import { GetQueueAttributesCommand, type Message, ReceiveMessageCommand, type SQSClient } from '@aws-sdk/client-sqs'
import type { Clock } from '../../shared/ports/clock.ts'
import { systemClock } from '../../shared/runtime/clock.ts'
import type { refuse } from './faulty-requests.ts'

/** Hands that stand still, and the machine's timers: deadlines are real, because the emulator is. */
export function standingClock(now: number): Clock {
  return { now: () => now, after: systemClock.after }
}

/** Takes what is visible in a queue, with all that its messages carry. */
export async function receiveAll(sqs: SQSClient, url: string): Promise<Message[]> {
  const found: Message[] = []
  for (;;) {
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({
        QueueUrl: url,
        MaxNumberOfMessages: 10,
        VisibilityTimeout: 930,
        MessageSystemAttributeNames: ['All'],
        MessageAttributeNames: ['All'],
      }),
    )
    if (Messages.length === 0) return found
    found.push(...Messages)
  }
}

/** Messages that are there, whether visible, hidden or delayed. */
export async function countMessages(sqs: SQSClient, url: string): Promise<number> {
  const { Attributes = {} } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['All'] }))
  const counts = (['', 'NotVisible', 'Delayed'] as const).map(kind =>
    Number(Attributes[`ApproximateNumberOfMessages${kind}`]),
  )
  return counts.reduce((sum, count) => sum + count, 0)
}

export interface SentEntry {
  readonly Id: string
  readonly MessageBody: string
  readonly DelaySeconds: number
  readonly MessageGroupId: string
  readonly MessageAttributes?: Readonly<Record<string, { readonly StringValue: string }>>
}

/** The entries of a request to send a batch. */
export function entriesOf({ body }: { readonly body: Readonly<Record<string, unknown>> }): readonly SentEntry[] {
  return body.Entries as readonly SentEntry[]
}

/** Answers as SQS does when it takes a batch, which it never hears of. */
export const takeAll: ReturnType<typeof refuse> = async (_, request) => ({
  status: 200,
  body: {
    Successful: entriesOf(request).map(({ Id, MessageBody }) => ({
      Id,
      MessageId: `message-${Id}`,
      // The client checks it.
      MD5OfMessageBody: createHash('md5').update(MessageBody).digest('hex'),
    })),
  },
})

/** Takes a batch, except for some of its entries: those are named as failed, or not named at all. */
export function takeAllBut(bodies: readonly string[], named = true): ReturnType<typeof refuse> {
  return async (send, request) => {
    const entries = entriesOf(request)
    const taken = entries.filter(({ MessageBody }) => !bodies.includes(MessageBody))
    const answer = taken.length > 0 ? await send({ ...request.body, Entries: taken }) : { status: 200, body: {} }
    const failed = entries.filter(({ MessageBody }) => bodies.includes(MessageBody))
    return {
      status: 200,
      body: {
        ...(answer.body as object),
        ...(named && { Failed: failed.map(({ Id }) => ({ Id, SenderFault: false, Code: 'InternalError' })) }),
      },
    }
  }
}
