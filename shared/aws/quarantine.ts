import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs'
import type { Clock } from '../ports/clock.ts'
import { CALL_DEADLINE_MS, call } from './clients.ts'

/** A message that is put aside for a person. */
export interface Quarantined {
  readonly messageId: string
  readonly body: string
  /** ARN of the queue that it came from. */
  readonly queue: string
  readonly why: string
}

/** A message of the longest kind that SQS takes has no room left for the attributes that say why it is here. */
const BODY_LENGTH = 250_000

/** Puts messages aside: as they were, so that sending one back to its lane is all that a person has to do once the cause is gone. */
export function createQuarantine(
  sqs: SQSClient,
  queueUrl: string,
  clock: Clock,
): (message: Quarantined) => Promise<void> {
  return async ({ messageId, body, queue, why }) => {
    const command = new SendMessageCommand({
      QueueUrl: queueUrl,
      MessageBody: body.slice(0, BODY_LENGTH),
      MessageAttributes: { why: text(why), messageId: text(messageId), queue: text(queue) },
    })
    await call(clock, CALL_DEADLINE_MS, options => sqs.send(command, options))
  }
}

function text(value: string): { readonly DataType: 'String'; readonly StringValue: string } {
  return { DataType: 'String', StringValue: value }
}
