import { describe, expect, test } from 'vitest'
import { alarmHeadings, anchorOf } from '../../lib/alarms.ts'
import { lanes } from '../../shared/aws/names.ts'
import { read } from '../repo/files.ts'
import { type Stage, stageOf } from './stage.ts'

interface Alarm {
  readonly AlarmName: string
  readonly AlarmDescription: string
  readonly Namespace: string
  readonly MetricName: string
  readonly Statistic: string
  readonly Threshold: number
  readonly Dimensions: readonly { readonly Name: string; readonly Value: unknown }[]
}

const dev = stageOf()
const ids = Object.keys(alarmHeadings)
const alarmsOf = (stage: Stage) =>
  [...stage.of('AWS::CloudWatch::Alarm').values()].map(({ Properties }) => Properties as unknown as Alarm)
const alarm = (id: string, stage = dev) => {
  const found = alarmsOf(stage).find(({ AlarmName }) => AlarmName.endsWith(`-${id}`))
  if (found) return found
  throw new Error(`there is no alarm ${id}`)
}
const watched = (id: string) => {
  const { Namespace, MetricName, Statistic, Dimensions } = alarm(id)
  return [Namespace, MetricName, Statistic, ...Dimensions.map(({ Value }) => dev.text(Value))].join(' ')
}

describe('alarms', () => {
  test('are those that are listed, by their names', () => {
    expect(
      alarmsOf(dev)
        .map(({ AlarmName }) => AlarmName)
        .sort(),
    ).toEqual(ids.map(id => `pulse-dev-${id}`).sort())
  })

  test('are about one metric each, without arithmetic', () => {
    for (const each of alarmsOf(dev)) {
      expect(each).not.toHaveProperty('Metrics')
      expect(each.MetricName).toBeTruthy()
    }
  })

  test.each(ids)('%s says where to read on, and there is something to read', id => {
    const [, anchor] = /docs\/runbook\.md#([a-z0-9-]+)$/.exec(alarm(id).AlarmDescription) ?? []
    const headings = [...read('docs/runbook.md').matchAll(/^## (.+)$/gm)].map(([, heading = '']) => anchorOf(heading))
    expect(headings).toContain(anchor)
  })

  test.each(lanes)('SEC-43 H22 the oldest hint of lane %s', lane => {
    expect(watched(`oldest-hint-${lane}`)).toBe(
      `AWS/SQS ApproximateAgeOfOldestMessage Maximum Queues/Lane-${lane}.QueueName`,
    )
    // A message that is not due yet lies there for up to 15 minutes.
    expect(alarm(`oldest-hint-${lane}`).Threshold).toBeGreaterThan(15 * 60)
  })

  test.each([
    ['dead-letter-queue', 'AWS/Lambda Invocations Sum DeadLetter/Function'],
    ['dead-letter-errors', 'AWS/Lambda Errors Sum DeadLetter/Function'],
    ['quarantine', 'AWS/SQS ApproximateNumberOfMessagesVisible Maximum Queues/Quarantine.QueueName'],
    ['worker-errors', 'AWS/Lambda Errors Sum Workers/Function'],
    ['worker-throttles', 'AWS/Lambda Throttles Sum Workers/Function'],
    ['changes-errors', 'AWS/Lambda Errors Sum Changes/Function'],
    ['changes-behind', 'AWS/Lambda IteratorAge Maximum Changes/Function'],
    ['changes-failed', 'AWS/SQS ApproximateNumberOfMessagesVisible Maximum Queues/FailedChanges.QueueName'],
    ['lost-fires', 'AWS/SQS ApproximateNumberOfMessagesVisible Maximum Queues/LostFires.QueueName'],
    ['session-reused', 'Pulse SessionsReused Sum dev'],
    ['reconcile-errors', 'AWS/Lambda Errors Sum Reconcile/Function'],
    ['reconcile-repaired', 'Pulse Repaired Sum dev'],
    ['table-writes-throttled', 'AWS/DynamoDB WriteThrottleEvents Sum Data/Tasks'],
    ['table-reads-throttled', 'AWS/DynamoDB ReadThrottleEvents Sum Data/Tasks'],
  ])('SEC-43 %s', (id, metric) => {
    expect(watched(id)).toBe(metric)
  })

  test('SEC-43 a refresh token that comes again tells of a thief, at once; without accounts there are none', () => {
    expect(alarm('session-reused')).toMatchObject({ Threshold: 1, Period: 300, EvaluationPeriods: 1 })
    const without = ['iam', 'none'] as const
    for (const stage of without.map(apiAuth => stageOf({ apiAuth })))
      expect(alarmsOf(stage).map(({ AlarmName }) => AlarmName)).not.toContain('pulse-dev-session-reused')
  })

  test('SEC-43 failures of the API, of both kinds', () => {
    expect(watched('api-server-errors')).toBe('AWS/ApiGateway 5xx Sum Api/Http')
    const { MetricName, Dimensions } = alarm('api-server-errors', stageOf({ restApi: true }))
    expect([MetricName, Dimensions]).toEqual(['5XXError', [{ Name: 'ApiName', Value: 'pulse-dev' }]])
  })

  test('H22 reconcile that does not run, for all intervals that it may have', () => {
    expect(watched('reconcile-absent')).toBe('AWS/Lambda Invocations Sum Reconcile/Function')
    for (const [reconcileEvery, seconds] of [
      ['1 day', 86_400],
      ['6 hours', 21_600],
      ['1 minute', 300],
    ] as const)
      expect(alarm('reconcile-absent', stageOf({ reconcileEvery }))).toMatchObject({
        ComparisonOperator: 'LessThanThreshold',
        Threshold: 1,
        Period: seconds,
        EvaluationPeriods: 2,
        TreatMissingData: 'breaching',
      })
  })

  test('H90 a bad record of the stream is told of', () => {
    expect(alarm('changes-failed').Threshold).toBe(1)
  })

  test('are quiet where nothing happens, but for the one about what does not happen', () => {
    for (const each of alarmsOf(dev)) {
      const isAbout = each.AlarmName.endsWith('reconcile-absent') ? 'breaching' : 'notBreaching'
      expect(each).toMatchObject({ TreatMissingData: isAbout })
    }
  })

  test('tell a topic when it is set, of their beginning and of their end', () => {
    const topic = 'arn:aws:sns:eu-west-1:123456789012:ops'
    for (const each of alarmsOf(stageOf({ alarmTopicArn: topic })))
      expect(each).toMatchObject({ AlarmActions: [topic], OKActions: [topic] })
    for (const each of alarmsOf(dev)) expect(each).not.toHaveProperty('AlarmActions')
  })
})

describe('the dashboard', () => {
  const { DashboardName, DashboardBody } = dev.at('AWS::CloudWatch::Dashboard', 'Observability/Dashboard').Properties

  test('shows every lane, every part, and all alarms', () => {
    expect(DashboardName).toBe('pulse-dev')
    const shown = dev.text(DashboardBody)
    const { widgets } = JSON.parse(shown) as { widgets: { type: string }[] }
    expect(widgets.map(({ type }) => type)).toEqual(['alarm', ...Array.from({ length: 15 }, () => 'metric')])
    for (const lane of lanes) expect(shown).toContain(`Queues/Lane-${lane}.QueueName`)
    for (const place of [
      'Workers/Function',
      'Changes/Function',
      'Reconcile/Function',
      'Occurrence/Function',
      'Data/Tasks',
      'Api/Http',
    ])
      expect(shown).toContain(place)
    for (const id of ids) expect(shown).toContain(`Observability/${id}.Arn`)
  })

  test('needs no arithmetic either', () => {
    expect(dev.text(DashboardBody)).not.toContain('"expression"')
  })
})
