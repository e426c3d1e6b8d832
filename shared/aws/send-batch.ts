import { SendMessageBatchCommand, type SendMessageBatchRequestEntry, type SQSClient } from '@aws-sdk/client-sqs'
import type { Clock } from '../ports/clock.ts'
import { StoreUnavailable } from '../ports/store-unavailable.ts'
import { CALL_DEADLINE_MS, call } from './clients.ts'
import { pause } from './insist.ts'

/** A message on its way into a queue. */
export interface Outgoing {
  readonly body: string
  /** 0 to 900. */
  readonly delaySeconds: number
  /** Fair queues keep the messages of one group from starving the others (H104). */
  readonly group: string
  /** Times that a dead letter has been sent again. */
  readonly rounds?: number
}

/** What one call may hold: SQS would take 1 MiB, and bills each 64 KiB. */
export const BATCH_COUNT = 10
export const BATCH_BYTES = 256 * 1_024

/** Pauses before an entry that SQS has refused is sent again. */
const PAUSES_MS = [50, 200]

/**
 * Sends up to ten messages in one call. The call may succeed while some of its entries fail: those are sent again, a few times (H11).
 * @returns for each message, in order, why it was not taken; undefined when it was
 */
export async function sendBatch(
  sqs: SQSClient,
  clock: Clock,
  queueUrl: string,
  messages: readonly Outgoing[],
): Promise<readonly (Error | undefined)[]> {
  const fates: (Error | undefined)[] = messages.map(() => undefined)
  let open = messages.map((_, index) => index)
  for (let tries = 0; ; tries++) {
    try {
      const taken = await send(open)
      open = open.filter(index => !taken.has(index))
      if (open.length === 0) return fates
      for (const index of open) fates[index] = new StoreUnavailable('the queue refused this message')
    } catch (error) {
      // The client has tried several times by now, and there is no answer that would tell the entries apart.
      for (const index of open) fates[index] = error instanceof Error ? error : new Error(String(error))
      return fates
    }
    const ms = PAUSES_MS[tries]
    if (ms === undefined) return fates
    await pause(clock, ms)
    for (const index of open) fates[index] = undefined
  }

  /** Nothing is inferred from the status, nor from what the answer does not mention: only what it names as taken is. */
  async function send(indexes: readonly number[]): Promise<ReadonlySet<number>> {
    const entries = indexes.flatMap(index => {
      const message = messages[index]
      return message ? [entryOf(String(index), message)] : []
    })
    const answer = await call(clock, CALL_DEADLINE_MS, options =>
      sqs.send(new SendMessageBatchCommand({ QueueUrl: queueUrl, Entries: entries }), options),
    )
    return new Set((answer.Successful ?? []).map(({ Id }) => Number(Id)))
  }
}

function entryOf(id: string, { body, delaySeconds, group, rounds }: Outgoing): SendMessageBatchRequestEntry {
  return {
    Id: id,
    MessageBody: body,
    DelaySeconds: delaySeconds,
    MessageGroupId: group,
    ...(rounds !== undefined && {
      MessageAttributes: { [ROUNDS]: { DataType: 'Number', StringValue: String(rounds) } },
    }),
  }
}

/** Message attribute of a dead letter that was sent again. */
const ROUNDS = 'rounds'

/** What a message counts against the size of a batch: its text, and its attributes. */
export function bytesOf({ body, group, rounds }: Outgoing): number {
  const attribute = rounds === undefined ? 0 : ROUNDS.length + 'Number'.length + String(rounds).length
  return Buffer.byteLength(body) + Buffer.byteLength(group) + attribute
}
