import { DeleteMessageBatchCommand, type Message, PurgeQueueCommand, ReceiveMessageCommand } from '@aws-sdk/client-sqs'
import type { SQSRecord } from 'aws-lambda'
import type { StreamRecord } from '../../shared/aws/stream-records.ts'
import type { AwsClients, AwsResources } from '../helpers/aws-resources.ts'
import { openStream } from '../helpers/table-stream.ts'
import type { Functions } from './functions.ts'

/** What Lambda does: takes what is in queues and streams to the functions. */
export interface Pollers {
  /** Has messages worked on in batches, until so many are done with. All drives use the same priority. */
  drain(count: number, batchSize?: number): Promise<void>
  /** Has so many changes of the table followed, in portions. @throws Error unless there were so many since the last time */
  followChanges(count: number, portion: number): Promise<void>
  /** Passes over the changes so far. */
  skipChanges(): Promise<void>
  /** Loses the hints of all tasks that wait. */
  purge(): Promise<void>
}

const BATCH = 10
/** What is due within this time is waited for. */
const WAIT_SECONDS = 5

export function createPollers(
  functions: Functions,
  { sqs }: AwsClients,
  resources: AwsResources,
  url: string,
): Pollers {
  const queue = resources.queues['3']
  const stream = openStream(url, resources.streamArn)

  async function receive(count: number): Promise<SQSRecord[]> {
    const records: SQSRecord[] = []
    while (records.length < count) {
      const command = new ReceiveMessageCommand({
        QueueUrl: queue.url,
        MaxNumberOfMessages: count - records.length,
        WaitTimeSeconds: WAIT_SECONDS,
      })
      const { Messages = [] } = await sqs.send(command)
      if (Messages.length === 0) throw new Error(`only ${records.length} of ${count} hints have come`)
      records.push(...Messages.map(message => recordOf(message, queue.arn)))
    }
    return records
  }

  async function remove(records: readonly SQSRecord[]): Promise<void> {
    const Entries = records.map(({ receiptHandle }, index) => ({ Id: String(index), ReceiptHandle: receiptHandle }))
    await sqs.send(new DeleteMessageBatchCommand({ QueueUrl: queue.url, Entries }))
  }

  async function takeChanges(): Promise<StreamRecord[]> {
    const records: StreamRecord[] = []
    for (let found = await stream.next(); found.length > 0; found = await stream.next())
      records.push(...found.flatMap(portion => portion.records))
    return records
  }

  return {
    async drain(count, batchSize = BATCH) {
      for (let left = count; left > 0; left -= batchSize) {
        const records = await receive(Math.min(batchSize, left))
        const failed = await functions.work(records)
        if (failed.size > 0) throw new Error(`${failed.size} messages were left`)
        await remove(records)
      }
    },
    async followChanges(count, portion) {
      const records = await takeChanges()
      if (records.length !== count) throw new Error(`there were ${records.length} changes instead of ${count}`)
      for (let at = 0; at < count; at += portion) await functions.follow(records.slice(at, at + portion))
    },
    async skipChanges() {
      await takeChanges()
    },
    async purge() {
      await sqs.send(new PurgeQueueCommand({ QueueUrl: queue.url }))
    },
  }
}

/** In the form of an event, as far as the functions look. */
function recordOf({ MessageId = '', ReceiptHandle = '', Body = '' }: Message, eventSourceARN: string): SQSRecord {
  return {
    messageId: MessageId,
    receiptHandle: ReceiptHandle,
    body: Body,
    attributes: {} as SQSRecord['attributes'], // nobody asks for them
    messageAttributes: {},
    md5OfBody: '',
    eventSource: 'aws:sqs',
    eventSourceARN,
    awsRegion: 'us-east-1',
  }
}
