import { RemovalPolicy, Stack } from 'aws-cdk-lib'
import {
  AuthorizationType,
  EndpointType,
  type IResource,
  LambdaIntegration,
  LogGroupLogDestination,
  RestApi,
} from 'aws-cdk-lib/aws-apigateway'
import type { Construct } from 'constructs'
import { stagePrefix } from '../shared/aws/names.ts'
import { acknowledge } from './acknowledge.ts'
import { served } from './collections.ts'
import { type ApiFunctions, accessLogFormat, createAccessLog, type Gateway, integrate, openReason } from './gateway.ts'
import type { Parts } from './parts.ts'

const STAGE = 'prod'

export function createRestApi(scope: Construct, { settings }: Parts, functions: ApiFunctions): Gateway {
  const { stage, apiAuth, apiLogRole, apiRate, apiBurst } = settings
  const keep = settings.removal === 'retain'
  const api = new RestApi(scope, 'Rest', {
    restApiName: stagePrefix(stage),
    description: 'The API of Pulse.',
    endpointTypes: [EndpointType.REGIONAL],
    // Bodies travel as they are, pictures of the documentation among them.
    binaryMediaTypes: ['*/*'],
    defaultMethodOptions: { authorizationType: apiAuth === 'iam' ? AuthorizationType.IAM : AuthorizationType.NONE },
    cloudWatchRole: apiLogRole,
    ...(apiLogRole && { cloudWatchRoleRemovalPolicy: keep ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY }),
    deployOptions: {
      stageName: STAGE,
      throttlingRateLimit: apiRate,
      throttlingBurstLimit: apiBurst,
      accessLogDestination: new LogGroupLogDestination(createAccessLog(scope, settings)),
      accessLogFormat,
    },
  })
  // The address is told by the stack, for both kinds of API alike.
  api.node.tryRemoveChild('Endpoint')
  const integrations = integrate(
    functions,
    (_, each) => new LambdaIntegration(each, { scopePermissionToMethod: false }),
  )
  const serve = (resource: IResource, integration: LambdaIntegration) => {
    resource.addMethod('ANY', integration)
    resource.addResource('{proxy+}').addMethod('ANY', integration)
  }
  // Here the root is what all paths have that no other resource matches; a slash at the end makes no difference.
  serve(api.root, integrations.ops)
  for (const [path, integration] of served(integrations))
    if (integration !== integrations.ops) serve(api.root.resourceForPath(path), integration)

  const openFor = openReason(apiAuth)
  const reasons = {
    'AwsSolutions-APIG2':
      'The functions check requests against the schemas of their routes, and say by a problem what is wrong.',
    'AwsSolutions-APIG3':
      'A firewall costs more than all of Pulse at rest; whoever has one can put it in front of the stage.',
    'AwsSolutions-APIG6':
      'The access log tells of failures; logs of each execution would stay behind when the stage is destroyed.',
    'AwsSolutions-COG4': openFor ?? 'Callers are principals of IAM, whose signatures the gateway checks.',
    ...(openFor !== undefined && { 'AwsSolutions-APIG4': openFor }),
    'AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs]':
      'The policy that AWS keeps for exactly this: the role is of the account, not of this API.',
  }
  for (const [rule, reason] of Object.entries(reasons)) acknowledge(api, rule, reason)

  const { region, urlSuffix } = Stack.of(scope)
  return {
    url: `https://${api.restApiId}.execute-api.${region}.${urlSuffix}/${STAGE}`,
    requestArn: (method, path) => api.arnForExecuteApi(method, path, STAGE),
    metrics: {
      requests: api.metricCount(),
      clientErrors: api.metricClientError({ statistic: 'Sum' }),
      serverErrors: api.metricServerError({ statistic: 'Sum' }),
      latency: api.metricLatency({ statistic: 'p99' }),
    },
  }
}
