import { expect, test } from 'vitest'
import { stageOf } from './stage.ts'

/** Properties by which a resource of that type is named in its account. */
const NAMES: Readonly<Record<string, string>> = {
  'AWS::ApiGateway::RestApi': 'Name',
  'AWS::ApiGatewayV2::Api': 'Name',
  'AWS::CloudWatch::Alarm': 'AlarmName',
  'AWS::CloudWatch::Dashboard': 'DashboardName',
  'AWS::DynamoDB::Table': 'TableName',
  'AWS::Events::Rule': 'Name',
  'AWS::IAM::Policy': 'PolicyName',
  'AWS::IAM::Role': 'RoleName',
  'AWS::Lambda::Function': 'FunctionName',
  'AWS::Logs::LogGroup': 'LogGroupName',
  'AWS::Scheduler::ScheduleGroup': 'Name',
  'AWS::SQS::Queue': 'QueueName',
}

/** The policies of a role are named within it. */
const OF_A_ROLE = 'AWS::IAM::Policy'

function namesOf(settings: Parameters<typeof stageOf>[0]): string[] {
  const { template } = stageOf(settings)
  return Object.values(template.Resources).flatMap(({ Type, Properties }) => {
    const name = NAMES[Type] === undefined || Type === OF_A_ROLE ? undefined : Properties[NAMES[Type]]
    return name === undefined ? [] : [`${Type} ${String(name)}`]
  })
}

test.each([false, true])('stages of one account and region do not collide (restApi %s)', restApi => {
  const [one, other] = [namesOf({ stage: 'dev', restApi }), namesOf({ stage: 'dev-2', restApi })]
  expect(one.length).toBeGreaterThan(40)
  expect(one.filter(name => other.includes(name))).toEqual([])
  for (const name of one) expect(name).toMatch(/(?: |\/)pulse-dev(?:$|[-_])/)
})

test('stages are stacks of their own', () => {
  expect(stageOf({ stage: 'dev' }).stack.stackName).toBe('Pulse-dev')
  expect(stageOf({ stage: 'prod' }).stack.stackName).toBe('Pulse-prod')
})

test('what has a name is of a type that this test knows', () => {
  const unknown = [stageOf(), stageOf({ restApi: true })].flatMap(({ template }) =>
    Object.values(template.Resources).flatMap(({ Type, Properties }) =>
      Object.keys(Properties ?? {}).flatMap(key => {
        const isName = /^(?:Name|\w+Name)$/.test(key) && Type.split('::').at(-1) !== undefined
        return isName && typeof Properties[key] === 'string' && NAMES[Type] !== key ? [`${Type}.${key}`] : []
      }),
    ),
  )
  // Names of the parts of an API are within it; those of metrics belong to AWS.
  expect([...new Set(unknown)].sort()).toEqual([
    'AWS::ApiGateway::Stage.StageName',
    'AWS::ApiGatewayV2::Stage.StageName',
    'AWS::CloudWatch::Alarm.MetricName',
  ])
})

test('a stage for developing leaves nothing behind', () => {
  for (const restApi of [false, true]) {
    const kept = Object.values(stageOf({ restApi }).template.Resources).filter(
      ({ DeletionPolicy }) => DeletionPolicy !== undefined && DeletionPolicy !== 'Delete',
    )
    expect(kept).toEqual([])
  }
})

test('making a stage twice makes the same', () => {
  const again = stageOf({ stage: 'dev', restApi: false })
  expect(again.template).toEqual(stageOf().template)
  expect(again).not.toBe(stageOf())
})
