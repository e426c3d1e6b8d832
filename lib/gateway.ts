import { RemovalPolicy } from 'aws-cdk-lib'
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway'
import type { Metric } from 'aws-cdk-lib/aws-cloudwatch'
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda'
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs'
import type { Construct } from 'constructs'
import { stagePrefix } from '../shared/aws/names.ts'
import type { Settings } from './settings.ts'

/** What leads requests to the functions: an HTTP API or a REST API. */
export interface Gateway {
  /** Without a slash at its end. */
  readonly url: string
  /** ARN of a request, for permissions to make it. */
  requestArn(method: string, path: string): string
  readonly metrics: {
    readonly requests: Metric
    readonly clientErrors: Metric
    readonly serverErrors: Metric
    readonly latency: Metric
  }
}

export interface ApiFunctions {
  readonly tasks: LambdaFunction
  readonly schedules: LambdaFunction
  readonly ops: LambdaFunction
  /** Absent where there are no accounts. */
  readonly auth?: LambdaFunction
}

/** What leads to each function that there is. */
export function integrate<T>(
  { tasks, schedules, ops, auth }: ApiFunctions,
  make: (id: string, each: LambdaFunction) => T,
) {
  return {
    tasks: make('Tasks', tasks),
    schedules: make('Schedules', schedules),
    ops: make('Ops', ops),
    ...(auth && { auth: make('Auth', auth) }),
  }
}

/** Why cdk-nag finds no authorizer at the gateway, where there is none. */
export function openReason(apiAuth: Settings['apiAuth']): string | undefined {
  switch (apiAuth) {
    case 'accounts':
      return 'The functions check the token or API key of each request, and what it may do: what the route table says.'
    case 'none':
      return 'The setting apiAuth says that everybody may call.'
    case 'iam':
      return undefined
  }
}

/** Of the gateway's own log, which tells also of requests that reached no function. No query: it may hold what is nobody's business. */
export const accessLogFormat = AccessLogFormat.custom(
  JSON.stringify({
    time: '$context.requestTime',
    requestId: '$context.requestId',
    ip: '$context.identity.sourceIp',
    by: '$context.identity.userArn',
    method: '$context.httpMethod',
    path: '$context.path',
    status: '$context.status',
    bytes: '$context.responseLength',
    latencyMs: '$context.responseLatency',
    error: '$context.error.message',
    integrationError: '$context.integrationErrorMessage',
  }),
)

export function createAccessLog(scope: Construct, { stage, logRetentionDays }: Settings): LogGroup {
  return new LogGroup(scope, 'AccessLog', {
    // Below this prefix, log groups do not count against the size of a policy of the whole account.
    logGroupName: `/aws/vendedlogs/apis/${stagePrefix(stage)}`,
    retention: logRetentionDays as RetentionDays, // checked by the settings
    removalPolicy: RemovalPolicy.DESTROY,
  })
}
