import { Stack } from 'aws-cdk-lib'
import {
  HttpApi,
  HttpMethod,
  HttpNoneAuthorizer,
  HttpRoute,
  HttpRouteKey,
  HttpStage,
  LogGroupLogDestination,
} from 'aws-cdk-lib/aws-apigatewayv2'
import { HttpIamAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers'
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations'
import type { Construct } from 'constructs'
import { stagePrefix } from '../shared/aws/names.ts'
import { acknowledge } from './acknowledge.ts'
import { served } from './collections.ts'
import { type ApiFunctions, accessLogFormat, createAccessLog, type Gateway, integrate, openReason } from './gateway.ts'
import type { Parts } from './parts.ts'

export function createHttpApi(scope: Construct, { settings }: Parts, functions: ApiFunctions): Gateway {
  const { stage, apiAuth, apiRate, apiBurst } = settings
  const api = new HttpApi(scope, 'Http', {
    apiName: stagePrefix(stage),
    description: 'The API of Pulse.',
    createDefaultStage: false,
  })
  const integrations = integrate(
    functions,
    (id, each) => new HttpLambdaIntegration(id, each, { scopePermissionToRoute: false }),
  )
  const authorizer = apiAuth === 'iam' ? new HttpIamAuthorizer() : new HttpNoneAuthorizer()
  const openFor = openReason(apiAuth)
  const addRoute = (id: string, routeKey: HttpRouteKey, integration: HttpLambdaIntegration) => {
    const route = new HttpRoute(scope, id, { httpApi: api, routeKey, integration, authorizer })
    if (openFor !== undefined) acknowledge(route, 'AwsSolutions-APIG4', openFor)
  }
  for (const [path, integration] of served(integrations)) {
    addRoute(`Route ${path}`, HttpRouteKey.with(path, HttpMethod.ANY), integration)
    addRoute(`Route ${path}/+`, HttpRouteKey.with(`${path}/{proxy+}`, HttpMethod.ANY), integration)
  }
  // A route cannot end in a slash, and it is written nowhere whether the ones above match a path that does. So whatever matches none
  // goes to the function that must take such paths; it answers those that nobody knows by a problem, too.
  addRoute('Route default', HttpRouteKey.DEFAULT, integrations.tasks)

  new HttpStage(scope, 'Stage', {
    httpApi: api,
    stageName: '$default',
    autoDeploy: true,
    throttle: { rateLimit: apiRate, burstLimit: apiBurst },
    accessLogSettings: {
      destination: new LogGroupLogDestination(createAccessLog(scope, settings)),
      format: accessLogFormat,
    },
  })
  return {
    url: api.apiEndpoint,
    requestArn: (method, path) =>
      Stack.of(scope).formatArn({
        service: 'execute-api',
        resource: api.apiId,
        resourceName: `$default/${method}${path}`,
      }),
    metrics: {
      requests: api.metricCount(),
      clientErrors: api.metricClientError({ statistic: 'Sum' }),
      serverErrors: api.metricServerError({ statistic: 'Sum' }),
      latency: api.metricLatency({ statistic: 'p99' }),
    },
  }
}
