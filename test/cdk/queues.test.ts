import { describe, expect, test } from 'vitest'
import { lanes } from '../../shared/aws/names.ts'
import { type Stage, stageOf } from './stage.ts'

const QUEUE = 'AWS::SQS::Queue'
const POLICY = 'AWS::SQS::QueuePolicy'
const dev = stageOf()
const variants: [string, Stage][] = [
  ['dev', dev],
  ['prod', stageOf({ stage: 'prod' })],
]
const DAY = 86_400

describe('the queues', () => {
  test('one for each lane, each with a dead-letter queue of its own, and three where messages end', () => {
    expect([...dev.of(QUEUE).keys()].sort()).toEqual(
      [
        ...lanes.flatMap(lane => [`Queues/DeadLetters-${lane}`, `Queues/Lane-${lane}`]),
        'Queues/FailedChanges',
        'Queues/LostFires',
        'Queues/Quarantine',
      ].sort(),
    )
  })

  test.each(lanes)('H53 a hint of lane %s goes to its own dead-letter queue, and not before ten receives', lane => {
    const { Properties } = dev.at(QUEUE, `Queues/Lane-${lane}`)
    const { deadLetterTargetArn, maxReceiveCount } = Properties.RedrivePolicy as Record<string, unknown>
    expect(dev.text(deadLetterTargetArn)).toBe(`Queues/DeadLetters-${lane}.Arn`)
    expect(maxReceiveCount).toBe(10)
  })

  test('H23 H55 dead letters are kept longer than hints can have been on their way', () => {
    for (const [place, { Properties }] of dev.of(QUEUE))
      expect([place, Properties.MessageRetentionPeriod]).toEqual([
        place,
        place.startsWith('Queues/Lane-') ? 4 * DAY : 14 * DAY,
      ])
  })

  test('a message is hidden until the function that has it must have ended', () => {
    for (const { Properties } of dev.of('AWS::Lambda::EventSourceMapping').values()) {
      const queue = dev.text(Properties.EventSourceArn).replace(/\.Arn$/, '')
      if (!queue.startsWith('Queues/')) continue
      const consumer = dev.at('AWS::Lambda::Function', dev.text(Properties.FunctionName)).Properties
      expect(dev.at(QUEUE, queue).Properties.VisibilityTimeout).toBe(Number(consumer.Timeout) + 30)
    }
  })

  test.each(variants)('SEC-40 of %s encrypt what they keep', (_, stage) => {
    for (const { Properties } of stage.of(QUEUE).values()) expect(Properties.SqsManagedSseEnabled).toBe(true)
  })

  test.each(variants)(
    'SEC-41 of %s refuse requests without TLS, and let nobody in who has no permission',
    (_, stage) => {
      const policies = [...stage.of(POLICY).values()].map(({ Properties }) => Properties)
      const guarded = policies.map(({ Queues }) => stage.text(Queues)).sort()
      expect(guarded).toEqual([...stage.of(QUEUE).keys()].sort())
      for (const { PolicyDocument } of policies) {
        const { Statement } = PolicyDocument as { Statement: object[] }
        expect(Statement).toHaveLength(1)
        expect(Statement[0]).toMatchObject({
          Effect: 'Deny',
          Principal: { AWS: '*' },
          Action: 'sqs:*',
          Condition: { Bool: { 'aws:SecureTransport': 'false' } },
        })
      }
    },
  )

  test('SEC-41 the rule about TLS is left out by a setting only', () => {
    expect(stageOf({ tlsOnly: false }).of(POLICY).size).toBe(0)
  })
})
