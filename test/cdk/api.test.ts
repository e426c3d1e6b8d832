import { describe, expect, test } from 'vitest'
import { routeList } from '../../shared/http/routes.ts'
import { type Stage, stageOf } from './stage.ts'

const FUNCTIONS = {
  tasks: 'Api/Tasks/Function',
  schedules: 'Api/Schedules/Function',
  ops: 'Api/Ops/Function',
  auth: 'Accounts/Function',
}

const http = stageOf()
const signed = stageOf({ apiAuth: 'iam' })
const open = stageOf({ apiAuth: 'none' })
const rest = stageOf({ restApi: true })
const signedRest = stageOf({ restApi: true, apiAuth: 'iam' })
const openRest = stageOf({ restApi: true, apiAuth: 'none' })

/** A request for each route, and which function has to get it. */
const requests = routeList.map(({ method, path, group }) => ({
  request: `${method} ${path.replace(/\{\w+\}/g, 'x')}`,
  path: path.replace(/\{\w+\}/g, 'x'),
  group,
}))

describe('the HTTP API', () => {
  test.each(requests)('leads $request to $group, with and without a slash at the end', ({ path, group }) => {
    expect(httpTarget(http, path)).toBe(FUNCTIONS[group])
    if (group === 'tasks') expect(httpTarget(http, `${path}/`)).toBe(FUNCTIONS.tasks)
  })

  test('leads what nobody knows to a function, which answers by a problem', () => {
    for (const path of ['/', '/api', '/api/v2/tasks', '/api/v1/tasksx'])
      expect(httpTarget(http, path)).toBe(FUNCTIONS.tasks)
  })

  test('no route ends in a slash, which API Gateway refuses', () => {
    for (const { RouteKey } of httpRoutes(http)) expect(RouteKey).not.toMatch(/\/$/)
  })

  test('leaves it to the functions who may call, where there are accounts: each of them is told so', () => {
    for (const { AuthorizationType } of httpRoutes(http)) expect(AuthorizationType).toBe('NONE')
    for (const place of Object.values(FUNCTIONS)) {
      const { Environment } = http.at('AWS::Lambda::Function', place).Properties
      expect(Environment).toMatchObject({ Variables: { PULSE_API_AUTH: 'accounts' } })
    }
  })

  test('SEC-40 takes signed requests only, on every route, when AWS is to decide who may call', () => {
    expect(httpRoutes(signed).length).toBeGreaterThan(3)
    for (const { AuthorizationType, RouteKey } of httpRoutes(signed))
      expect([RouteKey, AuthorizationType]).toEqual([RouteKey, 'AWS_IAM'])
  })

  test.each([
    ['iam', signed, signedRest],
    ['none', open, openRest],
  ])('without accounts (%s) nothing leads to theirs: their paths are answered by who knows that', (_, api, ofRest) => {
    for (const path of ['/api/v1/auth/login', '/api/v1/api-keys', '/api/v1/users/x']) {
      expect(httpTarget(api, path)).toBe(FUNCTIONS.tasks)
      expect(restTarget(ofRest, path)).toBe(FUNCTIONS.ops)
    }
    for (const stage of [api, ofRest]) {
      const accounts = stage.stack.node.findAll().filter(({ node }) => node.path.includes('/Accounts'))
      expect(accounts.map(({ node }) => node.path)).toEqual([])
    }
  })

  test('is open by an explicit setting only', () => {
    for (const { AuthorizationType } of httpRoutes(open)) expect(AuthorizationType).toBe('NONE')
    const differences = Object.entries(open.template.Resources).filter(
      ([id, resource]) => JSON.stringify(resource) !== JSON.stringify(signed.template.Resources[id]),
    )
    expect(new Set(differences.map(([, { Type }]) => Type))).toEqual(
      new Set(['AWS::ApiGatewayV2::Route', 'AWS::Lambda::Function']),
    )
  })

  test('SEC-40 writes a log, and lets in so many requests', () => {
    const stage = stageOf({ apiRate: 70, apiBurst: 90 })
    const { AccessLogSettings, DefaultRouteSettings } = stage.at('AWS::ApiGatewayV2::Stage', 'Api/Stage').Properties
    expect(DefaultRouteSettings).toEqual({ ThrottlingRateLimit: 70, ThrottlingBurstLimit: 90 })
    checkAccessLog(stage, AccessLogSettings)
  })
})

describe('the REST API', () => {
  test.each(requests)('leads $request to $group', ({ path, group }) => {
    expect(restTarget(rest, path)).toBe(FUNCTIONS[group])
  })

  test('leads what nobody knows to ops', () => {
    for (const path of ['/', '/api', '/api/v2/tasks', '/api/v1/tasksx'])
      expect(restTarget(rest, path)).toBe(FUNCTIONS.ops)
  })

  test('SEC-40 takes signed requests only, unless an explicit setting says otherwise', () => {
    const typesOf = (stage: Stage) => [
      ...new Set(
        [...stage.of('AWS::ApiGateway::Method').values()].map(({ Properties }) => Properties.AuthorizationType),
      ),
    ]
    expect(typesOf(signedRest)).toEqual(['AWS_IAM'])
    for (const stage of [rest, openRest]) expect(typesOf(stage)).toEqual(['NONE'])
  })

  test('takes bytes as they are, is of one region, and has the stage prod', () => {
    expect(rest.at('AWS::ApiGateway::RestApi', 'Api/Rest').Properties).toMatchObject({
      Name: 'pulse-dev',
      BinaryMediaTypes: ['*/*'],
      EndpointConfiguration: { Types: ['REGIONAL'] },
    })
    expect(rest.of('AWS::ApiGatewayV2::Api').size).toBe(0)
  })

  test('SEC-40 writes a log, and lets in so many requests', () => {
    const stage = stageOf({ restApi: true, apiRate: 70, apiBurst: 90 })
    const { AccessLogSetting, MethodSettings, StageName } = stage.at(
      'AWS::ApiGateway::Stage',
      'Api/Rest/DeploymentStage.prod',
    ).Properties
    expect(StageName).toBe('prod')
    expect(MethodSettings).toEqual([
      expect.objectContaining({
        HttpMethod: '*',
        ResourcePath: '/*',
        ThrottlingRateLimit: 70,
        ThrottlingBurstLimit: 90,
        DataTraceEnabled: false,
      }),
    ])
    checkAccessLog(stage, AccessLogSetting)
  })

  test('sets up the account’s log role, unless another stack has', () => {
    const policyOf = (stage: Stage) => stage.at('AWS::IAM::Role', 'Api/Rest/CloudWatchRole').DeletionPolicy
    expect(policyOf(rest)).toBe('Delete')
    expect(policyOf(stageOf({ stage: 'prod', restApi: true }))).toBe('Retain')
    const without = stageOf({ restApi: true, apiLogRole: false })
    expect([...without.of('AWS::IAM::Role').keys()].filter(place => place.startsWith('Api/Rest'))).toEqual([])
    expect(without.of('AWS::ApiGateway::Account').size).toBe(0)
  })
})

describe('outputs', () => {
  test('tell the address without a slash at its end, the dashboard, and the functions', () => {
    const outputsOf = (stage: Stage) =>
      Object.fromEntries(Object.entries(stage.template.Outputs).map(([name, { Value }]) => [name, stage.text(Value)]))
    expect(outputsOf(http)).toEqual({
      ApiUrl: 'Api/Http.ApiEndpoint',
      DashboardName: 'pulse-dev',
      FunctionTasks: 'Api/Tasks/Function',
      FunctionSchedules: 'Api/Schedules/Function',
      FunctionOps: 'Api/Ops/Function',
      FunctionAuth: 'Accounts/Function',
      FunctionWorker: 'Workers/Function',
      FunctionOccurrence: 'Occurrence/Function',
      FunctionDeadLetter: 'DeadLetter/Function',
      FunctionReconcile: 'Reconcile/Function',
      FunctionChanges: 'Changes/Function',
    })
    expect(outputsOf(rest)).toEqual({
      ...outputsOf(http),
      ApiUrl: 'https://Api/Rest.execute-api.region.amazonaws.com/prod',
    })
  })

  test('without accounts, tell of no function for them', () => {
    expect(Object.keys(signed.template.Outputs)).not.toContain('FunctionAuth')
  })

  test('SEC-44 hold no secret, nor where it lies', () => {
    for (const { Value } of Object.values(http.template.Outputs)) {
      expect(http.text(Value)).not.toMatch(/secret|token|password|AKIA|resolve:/i)
    }
  })
})

interface HttpRoute {
  readonly RouteKey: string
  readonly AuthorizationType: string
  readonly Target: unknown
}

function httpRoutes(stage: Stage): HttpRoute[] {
  return [...stage.of('AWS::ApiGatewayV2::Route').values()].map(({ Properties }) => Properties as unknown as HttpRoute)
}

/** As API Gateway chooses: a path in full, then the longest that takes everything below it, then the default. */
function httpTarget(stage: Stage, path: string): string {
  const routes = httpRoutes(stage)
  const exact = routes.find(({ RouteKey }) => RouteKey === `ANY ${path}`)
  const below = routes
    .filter(({ RouteKey }) => {
      const [start = '', greedy] = RouteKey.replace(/^ANY /, '').split('{proxy+}')
      // Whether an empty rest counts is written nowhere, so that nothing may depend on it.
      return greedy === '' && path.startsWith(start) && path.length > start.length
    })
    .sort((a, b) => b.RouteKey.length - a.RouteKey.length)
  const route = exact ?? below[0] ?? routes.find(({ RouteKey }) => RouteKey === '$default')
  const integration = stage.text(route?.Target).replace(/^integrations\//, '')
  const { IntegrationUri, PayloadFormatVersion } = stage.at('AWS::ApiGatewayV2::Integration', integration).Properties
  expect(PayloadFormatVersion).toBe('2.0')
  return stage.text(IntegrationUri).replace(/\.Arn$/, '')
}

/** As API Gateway chooses: the longest resource that has a method. */
function restTarget(stage: Stage, path: string): string | undefined {
  const paths = new Map([['Api/Rest.RootResourceId', '']])
  for (const [place, { Properties }] of stage.of('AWS::ApiGateway::Resource'))
    paths.set(place, `${paths.get(stage.text(Properties.ParentId))}/${Properties.PathPart}`)
  const methods = [...stage.of('AWS::ApiGateway::Method').values()].map(({ Properties }) => ({
    at: paths.get(stage.text(Properties.ResourceId)) || '/',
    uri: stage.text((Properties.Integration as { Uri: unknown }).Uri),
  }))
  const below = methods
    .filter(({ at }) => at.endsWith('{proxy+}') && path.startsWith(at.replace('{proxy+}', '')))
    .sort((a, b) => b.at.length - a.at.length)
  const method = methods.find(({ at }) => at === path) ?? below[0]
  return /functions\/(\S+)\.Arn\/invocations$/.exec(method?.uri ?? '')?.[1]
}

function checkAccessLog(stage: Stage, settings: unknown): void {
  const { DestinationArn, Format } = settings as { DestinationArn: unknown; Format: string }
  const log = stage.at('AWS::Logs::LogGroup', stage.text(DestinationArn).replace(/\.Arn$/, ''))
  expect(log.Properties).toEqual({ LogGroupName: '/aws/vendedlogs/apis/pulse-dev', RetentionInDays: 30 })
  expect(Object.keys(JSON.parse(Format))).toContain('requestId')
  expect(Format).not.toMatch(/querystring|header|authorizer\.(?!.*userArn)/i)
}
