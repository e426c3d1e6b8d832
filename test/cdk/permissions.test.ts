import { describe, expect, test } from 'vitest'
import { functionNames } from '../../shared/aws/names.ts'
import { functionPermissions, ofAccounts, scheduleTimerPermissions, stars, timerPermissions } from './permissions.ts'
import { type Resource, type Stage, stageOf } from './stage.ts'

interface Statement {
  readonly Effect: string
  readonly Action: string | readonly string[]
  readonly Resource: unknown
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, unknown>>>>
}

const dev = stageOf()

describe('SEC-39 each function has a role of its own and may do what is listed, no more and no less', () => {
  test.each(functionNames)('SEC-39 %s', name => {
    expect(permissionsOf(dev, roleOf(dev, `pulse-dev-${name}`))).toEqual(functionPermissions[name])
  })

  test('SEC-39 no two share a role', () => {
    const roles = functionNames.map(name => roleOf(dev, `pulse-dev-${name}`))
    expect(new Set(roles).size).toBe(functionNames.length)
  })
})

describe.each(['iam', 'none'] as const)('SEC-39 without accounts, with apiAuth %s', apiAuth => {
  const stage = stageOf({ apiAuth })

  test.each(['tasks', 'schedules', 'ops'] as const)('SEC-39 %s may do nothing about accounts', name => {
    const expected = Object.entries(functionPermissions[name]).filter(([key]) => !ofAccounts[name].includes(key))
    expect(permissionsOf(stage, roleOf(stage, `pulse-dev-${name}`))).toEqual(Object.fromEntries(expected))
  })
})

test('SEC-39 SEC-44 only auth can read the secret: the others can verify what it signs, and sign nothing', () => {
  const able = Object.entries(functionPermissions).filter(([, granted]) =>
    Object.values(granted).some(actions => actions.some(action => action.startsWith('secretsmanager:'))),
  )
  expect(able.map(([name]) => name)).toEqual(['auth'])
  // That these lists are what the template grants is tested above.
  const onTasks = Object.keys(functionPermissions.auth).filter(key => /^(?:Data\/Tasks|Queues)/.test(key))
  expect(onTasks).toEqual([])
})

test('SEC-39 timers may send hints and start reconcile; those of schedules may start occurrence, and say when they could not', () => {
  expect(permissionsOf(dev, 'Timers/Role')).toEqual(timerPermissions)
  expect(permissionsOf(dev, 'Schedules/Role')).toEqual(scheduleTimerPermissions)
})

test.each(['Timers', 'Schedules'])('SEC-39 timers of other accounts and groups may not act as the role of %s', part => {
  const { AssumeRolePolicyDocument } = dev.at('AWS::IAM::Role', `${part}/Role`).Properties
  const { Statement } = AssumeRolePolicyDocument as { Statement: { Condition: Record<string, object> }[] }
  expect(Statement).toHaveLength(1)
  expect(Statement[0]).toMatchObject({ Principal: { Service: 'scheduler.amazonaws.com' } })
  const conditions = Object.entries(Statement[0]?.Condition.StringEquals ?? {})
  expect(conditions.map(([key, value]) => [key, dev.text(value)])).toEqual([
    ['aws:SourceAccount', 'account'],
    ['aws:SourceArn', `${part}/Group.Arn`],
  ])
})

describe.each([
  ['dev', {}],
  ['with a REST API', { stage: 'prod', restApi: true }],
])('stage %s', (_, settings) => {
  const stage = stageOf(settings)

  test('SEC-39 SEC-40 no action has a star, and a resource only for a reason', () => {
    for (const { Action, Resource } of statementsOf(stage)) {
      for (const action of [Action].flat()) {
        expect(action).toMatch(/^[a-z]+:[A-Za-z]+$/)
        for (const resource of [Resource].flat().map(each => stage.text(each))) {
          if (!resource.includes('*')) continue
          const known = resource === '*' ? `* for ${action}` : resource.replace('pulse-prod', 'pulse-dev')
          expect(Object.keys(stars)).toContain(known)
        }
      }
    }
  })

  test('SEC-40 no role has rights of anybody else: nobody’s policies, no way to other roles, no users', () => {
    for (const { Action } of statementsOf(stage)) {
      for (const action of [Action].flat())
        expect(action).not.toMatch(
          /^(?:sts|iam:(?!PassRole$)|kms|secretsmanager:(?!GetSecretValue$|PutSecretValue$)|ssm)/,
        )
    }
    const types = new Set(Object.values(stage.template.Resources).map(({ Type }) => Type))
    for (const type of ['AWS::IAM::User', 'AWS::IAM::AccessKey', 'AWS::IAM::Group', 'AWS::Lambda::Url'])
      expect(types).not.toContain(type)
    for (const [place, { Properties }] of stage.of('AWS::IAM::Role')) {
      const isAccountsOwn = place === 'Api/Rest/CloudWatchRole'
      expect(Properties.ManagedPolicyArns === undefined, place).toBe(!isAccountsOwn)
      expect(JSON.stringify(Properties.AssumeRolePolicyDocument)).not.toContain('"AWS"')
    }
  })

  test('SEC-41 whoever may call a function says for what', () => {
    const all = [...stage.of('AWS::Lambda::Permission').values()].map(({ Properties }) => Properties)
    expect(all.length).toBeGreaterThanOrEqual(3)
    for (const { Principal, SourceArn } of all) {
      expect(['apigateway.amazonaws.com', 'events.amazonaws.com']).toContain(Principal)
      expect(stage.text(SourceArn)).toMatch(
        /^arn:aws:execute-api:region:account:Api\/(?:Http|Rest)\/|^(?:Reconcile\/Rule|Accounts\/Janitor)\.Arn$/,
      )
    }
  })
})

describe('handlers', () => {
  test('may do what a setting says beside the worker’s own work', () => {
    const arn = 'arn:aws:iam::123456789012:policy/my-tasks'
    const stage = stageOf({ handlerPolicyArns: [arn] })
    const withPolicy = [...stage.of('AWS::IAM::Role')].filter(([, { Properties }]) => Properties.ManagedPolicyArns)
    expect(withPolicy.map(([place, { Properties }]) => [place, Properties.ManagedPolicyArns])).toEqual([
      ['Workers/Role', [arn]],
    ])
  })
})

/** Place of the role of a function. */
function roleOf(stage: Stage, functionName: string): string {
  const found = [...stage.of('AWS::Lambda::Function').values()].find(
    ({ Properties }) => Properties.FunctionName === functionName,
  )
  return stage.text(found?.Properties.Role).replace(/\.Arn$/, '')
}

function statementsOf(stage: Stage): Statement[] {
  return [...stage.of('AWS::IAM::Policy').values()].flatMap(statements)
}

function statements({ Properties }: Resource): readonly Statement[] {
  return (Properties.PolicyDocument as { Statement: readonly Statement[] }).Statement
}

function permissionsOf(stage: Stage, role: string): Record<string, string[]> {
  const found: Record<string, Set<string>> = {}
  for (const policy of stage.of('AWS::IAM::Policy').values()) {
    if (stage.text(policy.Properties.Roles) !== role) continue
    for (const { Effect, Action, Resource, Condition } of statements(policy)) {
      expect(Effect).toBe('Allow')
      for (const resource of [Resource].flat()) {
        const key = [stage.text(resource), ...conditionsOf(stage, Condition)].join(' if ')
        found[key] ??= new Set()
        for (const action of [Action].flat()) found[key].add(action)
      }
    }
  }
  return Object.fromEntries(Object.entries(found).map(([key, actions]) => [key, [...actions].sort()]))
}

function conditionsOf(stage: Stage, condition: Statement['Condition'] = {}): string[] {
  return Object.entries(condition).flatMap(([operator, keys]) =>
    Object.entries(keys).map(([key, value]) => `${operator} ${key} = ${stage.text(value)}`),
  )
}
