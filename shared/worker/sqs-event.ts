import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda'
import type { Received } from '../ports/messages.ts'

/** A message as a function is given it. */
export interface HintRecord extends Received {
  readonly body: string
  /** Times that it has been sent again as a dead letter. */
  readonly rounds: number
}

/** Works on the messages of one event. @returns ids of those that must come back */
export type BatchHandler = (records: readonly HintRecord[], remainingMs: number) => Promise<readonly string[]>

/** Turns a handler of messages into a handler of SQS's events, whose answer names the messages that must come back. */
export function createSqsHandler(
  handle: BatchHandler,
): (event: SQSEvent, context: { getRemainingTimeInMillis(): number }) => Promise<SQSBatchResponse> {
  return async ({ Records }, context) => {
    const failed = await handle(Records.map(recordOf), context.getRemainingTimeInMillis())
    return { batchItemFailures: failed.map(itemIdentifier => ({ itemIdentifier })) }
  }
}

function recordOf({ messageId, receiptHandle, eventSourceARN, body, messageAttributes }: SQSRecord): HintRecord {
  const rounds = Number(messageAttributes.rounds?.stringValue ?? 0)
  return {
    messageId,
    receipt: receiptHandle,
    queue: eventSourceARN,
    body,
    // Anybody who may send messages may write anything there.
    rounds: Number.isSafeInteger(rounds) && rounds > 0 ? rounds : 0,
  }
}
