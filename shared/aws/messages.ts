import { ChangeMessageVisibilityBatchCommand, DeleteMessageCommand, type SQSClient } from '@aws-sdk/client-sqs'
import type { Clock } from '../ports/clock.ts'
import type { Messages, Received } from '../ports/messages.ts'
import { CALL_DEADLINE_MS, call } from './clients.ts'
import { portions } from './portions.ts'
import { BATCH_COUNT } from './send-batch.ts'

/** The messages of some queues. */
export function createMessages(
  sqs: SQSClient,
  queues: Iterable<{ readonly url: string; readonly arn: string }>,
  clock: Clock,
): Messages {
  const urls = new Map([...queues].map(({ arn, url }) => [arn, url]))

  /** @throws TypeError for a queue that this function is not deployed with */
  function urlOf(queue: string): string {
    const url = urls.get(queue)
    if (url === undefined) throw new TypeError(`the messages of ${queue} are not this function's`)
    return url
  }

  /** @returns ids of those that are hidden: what the answer does not name as changed is not */
  async function hideSome(queue: string, messages: readonly Received[], seconds: number): Promise<string[]> {
    const command = new ChangeMessageVisibilityBatchCommand({
      QueueUrl: urlOf(queue),
      Entries: messages.map(({ receipt }, index) => ({
        Id: String(index),
        ReceiptHandle: receipt,
        VisibilityTimeout: seconds,
      })),
    })
    const answer = await call(clock, CALL_DEADLINE_MS, options => sqs.send(command, options))
    return (answer.Successful ?? []).flatMap(({ Id }) => messages[Number(Id)]?.messageId ?? [])
  }

  return {
    async hide(messages, seconds) {
      const calls = [...Map.groupBy(messages, ({ queue }) => queue)].flatMap(([queue, some]) =>
        portions(some, BATCH_COUNT).map(portion => hideSome(queue, portion, seconds)),
      )
      const visible = new Set(messages.map(({ messageId }) => messageId))
      for (const call of await Promise.allSettled(calls)) {
        if (call.status === 'fulfilled') for (const id of call.value) visible.delete(id)
      }
      return visible
    },
    async delete({ queue, receipt }) {
      const command = new DeleteMessageCommand({ QueueUrl: urlOf(queue), ReceiptHandle: receipt })
      await call(clock, CALL_DEADLINE_MS, options => sqs.send(command, options))
    },
  }
}
