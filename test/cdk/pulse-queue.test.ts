import { Stack } from 'aws-cdk-lib'
import { Template } from 'aws-cdk-lib/assertions'
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { Bucket } from 'aws-cdk-lib/aws-s3'
import { describe, expect, test } from 'vitest'
import { PulseQueue } from '../../lib/pulse-queue.ts'
import type { PulseQueueProps } from '../../lib/settings.ts'
import { newApp } from './stage.ts'

/** Pulse in a stack of somebody else's. */
function stackWith(settings: PulseQueueProps = {}) {
  const stack = new Stack(newApp(), 'Shop')
  const queue = new PulseQueue(stack, 'Jobs', settings)
  const caller = new Role(stack, 'Caller', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') })
  return { stack, queue, caller }
}

describe('the construct in a stack of somebody else’s', () => {
  test.each([
    [{ apiAuth: 'iam' } as const, '$default'],
    [{ apiAuth: 'iam', restApi: true } as const, 'prod'],
  ])('%j: lets a caller submit tasks and look at them, and no more', (settings, stageName) => {
    const { stack, queue, caller } = stackWith(settings)
    queue.grantSubmit(caller)
    expect(requestsOf(stack)).toEqual([
      `/${stageName}/GET/api/v1/tasks/*`,
      `/${stageName}/POST/api/v1/tasks`,
      `/${stageName}/POST/api/v1/tasks/`,
      `/${stageName}/POST/api/v1/tasks/batch`,
    ])
  })

  test('with accounts, signatures count for nothing, and to grant them is a mistake', () => {
    const { queue, caller } = stackWith()
    for (const grant of [() => queue.grantSubmit(caller), () => queue.grantOperate(caller)])
      expect(grant).toThrow('with accounts nobody signs requests: give the caller an API key, or set apiAuth to iam')
  })

  test.each([
    [{ apiAuth: 'iam' } as const, '$default'],
    [{ apiAuth: 'iam', restApi: true } as const, 'prod'],
  ])('%j: lets a caller do everything', (settings, stageName) => {
    const { stack, queue, caller } = stackWith(settings)
    queue.grantOperate(caller)
    expect(requestsOf(stack)).toEqual([`/${stageName}/*/*`])
  })

  test('handlers are given what they need', () => {
    const { stack, queue } = stackWith()
    new Bucket(stack, 'Files').grantRead(queue.handlers)
    const roles = policiesOf(stack).filter(policy => JSON.stringify(policy).includes('s3:GetObject'))
    expect(roles).toHaveLength(1)
    expect(JSON.stringify(roles[0])).toContain('JobsWorkersRole')
  })

  test('its metrics are of its own stage', () => {
    const { stack, queue } = stackWith({ stage: 'dev-shop' })
    const dimensions = [
      queue.metricOldestHint('1'),
      queue.metricWaitingHints('long'),
      queue.metricQuarantine(),
      queue.metricServerErrors(),
      queue.metricRepaired(),
    ].map(({ namespace, metricName, dimensions }) => [
      namespace,
      metricName,
      JSON.stringify(stack.resolve(Object.values(dimensions ?? {})[0])),
    ])
    expect(dimensions).toEqual([
      ['AWS/SQS', 'ApproximateAgeOfOldestMessage', expect.stringContaining('JobsQueuesLane1')],
      ['AWS/SQS', 'ApproximateNumberOfMessagesVisible', expect.stringContaining('JobsQueuesLanelong')],
      ['AWS/SQS', 'ApproximateNumberOfMessagesVisible', expect.stringContaining('JobsQueuesQuarantine')],
      ['AWS/ApiGateway', '5xx', expect.stringContaining('JobsApiHttp')],
      ['Pulse', 'Repaired', '"dev-shop"'],
    ])
  })

  test('two stages fit into one stack', () => {
    const { stack } = stackWith({ stage: 'dev' })
    expect(() => new PulseQueue(stack, 'Others', { stage: 'dev-2' })).not.toThrow()
  })
})

interface Policy {
  readonly Statement: readonly { readonly Action: unknown; readonly Resource: unknown }[]
}

function policiesOf(stack: Stack): { readonly PolicyDocument: Policy }[] {
  return Object.values(Template.fromStack(stack).findResources('AWS::IAM::Policy')).map(
    ({ Properties }) => Properties as { PolicyDocument: Policy },
  )
}

/** What the caller may request: the rest of each ARN behind the API's id. */
function requestsOf(stack: Stack): string[] {
  const own = policiesOf(stack).find(policy => JSON.stringify(policy).includes('execute-api:Invoke'))
  const { Statement } = own?.PolicyDocument ?? { Statement: [] }
  expect(Statement.map(({ Action }) => Action)).toEqual(['execute-api:Invoke'])
  return [Statement[0]?.Resource].flat().map(resource => {
    const [, parts] = (resource as { 'Fn::Join': [string, unknown[]] })['Fn::Join']
    return String(parts.at(-1))
  })
}
