import { awsCall, type Question } from './aws-call.ts'
import type { Stage } from './stage.ts'

/** Names of what an account holds, by kind. */
export type Inventory = Readonly<Record<string, readonly string[]>>

interface Listing {
  readonly service: string
  readonly ask: Question
  /** Finds the names in the answer. */
  readonly names: RegExp
}

const iam = '2010-05-08'
const listings: Readonly<Record<string, Listing>> = {
  stacks: {
    service: 'cloudformation',
    ask: { action: 'DescribeStacks', version: '2010-05-15' },
    names: /<StackName>([^<]+)/g,
  },
  tables: {
    service: 'dynamodb',
    ask: { target: 'DynamoDB_20120810.ListTables' },
    names: /"((?!TableNames|LastEval)[^"]+)"/g,
  },
  queues: { service: 'sqs', ask: { target: 'AmazonSQS.ListQueues' }, names: /\/([^/"]+)"/g },
  functions: { service: 'lambda', ask: { path: '/2015-03-31/functions/' }, names: /"FunctionName": ?"([^"]+)"/g },
  mappings: { service: 'lambda', ask: { path: '/2015-03-31/event-source-mappings/' }, names: /"UUID": ?"([^"]+)"/g },
  groups: { service: 'scheduler', ask: { path: '/schedule-groups' }, names: /"Name": ?"([^"]+)"/g },
  schedules: { service: 'scheduler', ask: { path: '/schedules' }, names: /"Name": ?"([^"]+)"/g },
  roles: { service: 'iam', ask: { action: 'ListRoles', version: iam }, names: /<RoleName>([^<]+)/g },
  secrets: {
    service: 'secretsmanager',
    ask: { target: 'secretsmanager.ListSecrets' },
    names: /"Name": ?"([^"]+)"/g,
  },
  httpApis: { service: 'apigateway', ask: { path: '/v2/apis' }, names: /"apiId": ?"([^"]+)"/g },
  restApis: { service: 'apigateway', ask: { path: '/restapis' }, names: /"id": ?"([^"]+)"/g },
  rules: { service: 'events', ask: { target: 'AWSEvents.ListRules' }, names: /"Name": ?"([^"]+)"/g },
  logGroups: {
    service: 'logs',
    ask: { target: 'Logs_20140328.DescribeLogGroups' },
    // With an end to its lines, as all of ours. The emulator makes a group without one for a call that outlives its function's
    // group; on AWS the function may not (test/cdk/permissions.ts).
    names: /"logGroupName": ?"([^"]+)"[^{}]*"retentionInDays"/g,
  },
  alarms: {
    service: 'monitoring',
    ask: { action: 'DescribeAlarms', version: '2010-08-01' },
    names: /<AlarmName>([^<]+)/g,
  },
  dashboards: {
    service: 'monitoring',
    ask: { action: 'ListDashboards', version: '2010-08-01' },
    names: /<DashboardName>([^<]+)/g,
  },
}

/** What the account of a stage holds.  */
export async function inventory(stage: Stage): Promise<Inventory> {
  const kinds = Object.entries(listings).map(async ([kind, { service, ask, names }]) => {
    const text = await awsCall(stage, service, ask)
    return [kind, [...text.matchAll(names)].map(([, name = '']) => name).sort()] as const
  })
  return Object.fromEntries(await Promise.all(kinds))
}
