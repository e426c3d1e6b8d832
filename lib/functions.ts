import { RemovalPolicy, Stack } from 'aws-cdk-lib'
import { ManagedPolicy, type PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import {
  ApplicationLogLevel,
  Architecture,
  Function as LambdaFunction,
  LoggingFormat,
  type RecursiveLoop,
  Runtime,
  SystemLogLevel,
} from 'aws-cdk-lib/aws-lambda'
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs'
import type { Construct } from 'constructs'
import { type FunctionName, variables } from '../shared/aws/names.ts'
import { acknowledgeStar } from './acknowledge.ts'
import { functionArn, nameOf } from './arns.ts'
import { codeOf } from './bundle.ts'
import type { Parts } from './parts.ts'
import { starsOf } from './permissions.ts'
import { timeoutOf } from './timeouts.ts'

export interface FunctionOptions {
  readonly name: FunctionName
  readonly description: string
  /** All that it may do, beside writing its log. */
  readonly permissions: readonly PolicyStatement[]
  /** Beside what all functions are told. */
  readonly environment?: Readonly<Record<string, string>>
  readonly recursiveLoop?: RecursiveLoop
  readonly managedPolicyArns?: readonly string[]
  /** It has none of the user's tasks in it, and nothing to do with queues: it is told nothing of either. */
  readonly isApart?: true
}

/** A function with a role and a log of its own. */
export function createFunction(scope: Construct, parts: Parts, options: FunctionOptions): LambdaFunction {
  const { settings } = parts
  const { name, description, permissions, environment, recursiveLoop, managedPolicyArns = [], isApart } = options
  const functionName = nameOf(settings, name)
  // Made here and not by Lambda, which would keep the lines for ever; so the role needs no permission to make it.
  const logGroup = new LogGroup(scope, 'Log', {
    logGroupName: `/aws/lambda/${functionName}`,
    retention: settings.logRetentionDays as RetentionDays, // checked by the settings
    removalPolicy: RemovalPolicy.DESTROY,
  })
  const role = new Role(scope, 'Role', {
    assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
    managedPolicies: managedPolicyArns.map((arn, index) =>
      ManagedPolicy.fromManagedPolicyArn(scope, `Policy${index}`, arn),
    ),
  })
  const given = permissions.flatMap(({ resources }) => resources)
  for (const permission of permissions) role.addToPolicy(permission)
  for (const [resource, reason] of Object.entries(starsOf(parts)))
    if (given.includes(resource)) acknowledgeStar(role, resource, reason)
  logGroup.grantWrite(role)
  return new LambdaFunction(scope, 'Function', {
    functionName,
    description,
    role,
    logGroup,
    code: codeOf(name, settings),
    handler: 'index.handler',
    runtime: Runtime.NODEJS_24_X,
    architecture: settings.architecture === 'arm64' ? Architecture.ARM_64 : Architecture.X86_64,
    memorySize: settings.memory[name],
    timeout: timeoutOf(name),
    environment: {
      ...common(parts),
      ...environment,
      ...(!isApart && { ...ofQueue(scope, parts), ...settings.handlerEnvironment }),
    },
    loggingFormat: LoggingFormat.JSON,
    // Lines about each start and end cost more than they tell. Of its own lines the function chooses; metrics are lines, too.
    systemLogLevelV2: SystemLogLevel.WARN,
    applicationLogLevelV2: ApplicationLogLevel.TRACE,
    ...(recursiveLoop && { recursiveLoop }),
  })
}

function common({ settings, data }: Parts): Record<string, string> {
  return {
    [variables.stage]: settings.stage,
    [variables.logLevel]: settings.logLevel,
    [variables.appTable]: data.app.tableName,
  }
}

function ofQueue(scope: Construct, { settings, data, queues, timers }: Parts): Record<string, string> {
  const lanes = Object.entries(queues.lanes).map(([lane, { queueUrl, queueArn }]) => [
    lane,
    { url: queueUrl, arn: queueArn },
  ])
  return {
    [variables.tasksTable]: data.tasks.tableName,
    [variables.queues]: Stack.of(scope).toJsonString(Object.fromEntries(lanes)),
    [variables.timerGroup]: timers.groupName,
    [variables.timerRole]: timers.role.roleArn,
    [variables.reconcileArn]: functionArn(scope, settings, 'reconcile'),
    [variables.retentionDays]: String(settings.retentionDays),
  }
}
