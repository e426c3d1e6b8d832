import type { SQSRecord } from 'aws-lambda'
import { expect, test } from 'vitest'
import { createSqsHandler, type HintRecord } from '../../shared/worker/sqs-event.ts'

function sqsRecord(messageId: string, rounds?: string): SQSRecord {
  return {
    messageId,
    receiptHandle: `receipt of ${messageId}`,
    body: `body of ${messageId}`,
    attributes: {
      ApproximateReceiveCount: '7',
      SentTimestamp: '1',
      SenderId: 'x',
      ApproximateFirstReceiveTimestamp: '2',
    },
    messageAttributes: rounds === undefined ? {} : { rounds: { dataType: 'Number', stringValue: rounds } },
    md5OfBody: '',
    eventSource: 'aws:sqs',
    eventSourceARN: 'arn:aws:sqs:eu-west-1:1:pulse-2',
    awsRegion: 'eu-west-1',
  }
}
const context = { getRemainingTimeInMillis: () => 4_321 }

test('H57 the answer to an event of SQS is always a list, empty or not', async () => {
  const event = { Records: [sqsRecord('a'), sqsRecord('b')] }
  expect(await createSqsHandler(async () => [])(event, context)).toEqual({ batchItemFailures: [] })
  expect(await createSqsHandler(async () => ['b'])(event, context)).toEqual({
    batchItemFailures: [{ itemIdentifier: 'b' }],
  })
})

test('H57 a handler that throws fails the whole event: none of its messages is lost', async () => {
  const broken = createSqsHandler(async () => {
    throw new Error('a mistake of ours')
  })
  await expect(broken({ Records: [sqsRecord('a')] }, context)).rejects.toThrow('a mistake of ours')
})

test('records are read, with the rounds that they carry', async () => {
  let seen: readonly HintRecord[] = []
  let left = 0
  const handler = createSqsHandler(async (records, remainingMs) => {
    seen = records
    left = remainingMs
    return []
  })
  await handler({ Records: [sqsRecord('a'), sqsRecord('b', '3')] }, context)
  expect(left).toBe(4_321)
  expect(seen).toEqual([
    { messageId: 'a', receipt: 'receipt of a', body: 'body of a', queue: 'arn:aws:sqs:eu-west-1:1:pulse-2', rounds: 0 },
    { messageId: 'b', receipt: 'receipt of b', body: 'body of b', queue: 'arn:aws:sqs:eu-west-1:1:pulse-2', rounds: 3 },
  ])
})

test.each(['-5', '1.5', 'many', '', '1e400', '99999999999999999999'])(
  'rounds that somebody wrote as %j are none',
  async rounds => {
    let seen: readonly HintRecord[] = []
    const handler = createSqsHandler(async records => {
      seen = records
      return []
    })
    await handler({ Records: [sqsRecord('a', rounds)] }, context)
    expect(seen[0]?.rounds).toBe(0)
  },
)
