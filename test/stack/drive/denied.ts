import {
  DeleteItemCommand,
  DeleteTableCommand,
  GetItemCommand,
  PutItemCommand,
  ScanCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb'
import { InvokeCommand, UpdateFunctionConfigurationCommand } from '@aws-sdk/client-lambda'
import { CreateScheduleCommand, DeleteScheduleGroupCommand } from '@aws-sdk/client-scheduler'
import { GetSecretValueCommand, PutSecretValueCommand } from '@aws-sdk/client-secrets-manager'
import { DeleteQueueCommand, PurgeQueueCommand, ReceiveMessageCommand, SendMessageCommand } from '@aws-sdk/client-sqs'
import { expect, test } from 'vitest'
import { type FunctionName, functionNames, type Lane } from '../../../shared/aws/names.ts'
import { credentialsOf } from '../function-process.ts'
import { type Clients, clientsFor, type Stage } from '../stage.ts'
import type { Drive } from './drive.ts'

/** What the calls below aim at. */
interface Target {
  readonly tasks: string
  readonly app: string
  readonly queues: Readonly<Record<Lane, { readonly url: string; readonly arn: string }>>
  readonly quarantine: string
  readonly group: string
  readonly timerRole: string
  /** Empty where there are no accounts. */
  readonly secret: string
  readonly stage: Stage
}

type Attempt = (as: Clients, on: Target) => Promise<unknown>

const key = (pk: string, sk = 'task') => ({ pk: { S: pk }, sk: { S: sk } })
const ROW = 'task_00000000000000000000000000'

/** Calls by what they would do. */
const attempts = {
  'read all rows': (as, on) => as.dynamodb.send(new ScanCommand({ TableName: on.tasks })),
  'read a row': (as, on) => as.dynamodb.send(new GetItemCommand({ TableName: on.tasks, Key: key(ROW) })),
  'make a row': (as, on) => as.dynamodb.send(new PutItemCommand({ TableName: on.tasks, Item: key(ROW) })),
  'change a row': (as, on) =>
    as.dynamodb.send(
      new UpdateItemCommand({
        TableName: on.tasks,
        Key: key(ROW),
        UpdateExpression: 'SET s = :s',
        ExpressionAttributeValues: { ':s': { S: 'COMPLETED' } },
      }),
    ),
  'delete a row': (as, on) => as.dynamodb.send(new DeleteItemCommand({ TableName: on.tasks, Key: key(ROW) })),
  'read the key of the cursors': (as, on) =>
    as.dynamodb.send(new GetItemCommand({ TableName: on.app, Key: key('secret', 'cursor') })),
  'change a counter': (as, on) => as.dynamodb.send(new PutItemCommand({ TableName: on.app, Item: key('stats', 'x') })),
  'delete a table': (as, on) => as.dynamodb.send(new DeleteTableCommand({ TableName: on.tasks })),
  'send a hint': (as, on) => as.sqs.send(new SendMessageCommand({ QueueUrl: on.queues[3].url, MessageBody: '{}' })),
  'take a hint': (as, on) => as.sqs.send(new ReceiveMessageCommand({ QueueUrl: on.queues[3].url })),
  'purge a queue': (as, on) => as.sqs.send(new PurgeQueueCommand({ QueueUrl: on.queues[3].url })),
  'delete a queue': (as, on) => as.sqs.send(new DeleteQueueCommand({ QueueUrl: on.queues[3].url })),
  'send to a redrive queue': (as, on) =>
    as.sqs.send(new SendMessageCommand({ QueueUrl: `${on.queues[3].url}-dlq`, MessageBody: '{}' })),
  'put a message aside': (as, on) =>
    as.sqs.send(new SendMessageCommand({ QueueUrl: on.quarantine, MessageBody: '{}' })),
  'run reconcile': (as, on) =>
    as.lambda.send(new InvokeCommand({ FunctionName: on.stage.functionName('reconcile'), Payload: '{}' })),
  'change a function': (as, on) =>
    as.lambda.send(
      new UpdateFunctionConfigurationCommand({ FunctionName: on.stage.functionName('tasks'), MemorySize: 10_240 }),
    ),
  'make a timer': (as, on) =>
    as.scheduler.send(
      new CreateScheduleCommand({
        Name: 'stranger',
        GroupName: on.group,
        ScheduleExpression: 'at(2099-01-01T00:00:00)',
        FlexibleTimeWindow: { Mode: 'OFF' },
        Target: { Arn: on.queues[3].arn, RoleArn: on.timerRole, Input: '{}' },
      }),
    ),
  'read the secret': (as, on) => as.secrets.send(new GetSecretValueCommand({ SecretId: on.secret })),
  'replace the secret': (as, on) =>
    as.secrets.send(new PutSecretValueCommand({ SecretId: on.secret, SecretString: 'x'.repeat(64) })),
  'delete the timers': (as, on) => as.scheduler.send(new DeleteScheduleGroupCommand({ Name: on.group })),
} as const satisfies Record<string, Attempt>
type Deed = keyof typeof attempts

/** What no function has any business with. */
const nobody: readonly Deed[] = [
  'delete a table',
  'purge a queue',
  'delete a queue',
  'change a function',
  'delete the timers',
  'send to a redrive queue',
]

/**
 * What is others' business; that its own is granted, the whole drive shows. The roles also tell items apart by their keys, one group of
 * timers from another, and who may turn mappings off: the emulator does not, so the tests of the templates show that.
 */
const others: Readonly<Record<FunctionName, readonly Deed[]>> = {
  tasks: ['read all rows', 'delete a row', 'take a hint', 'put a message aside', 'run reconcile'],
  schedules: ['read all rows', 'change a row', 'delete a row', 'take a hint', 'put a message aside', 'run reconcile'],
  ops: ['read all rows', 'take a hint', 'put a message aside', 'run reconcile'],
  auth: [
    'read all rows',
    'read a row',
    'make a row',
    'change a row',
    'delete a row',
    'send a hint',
    'take a hint',
    'put a message aside',
    'run reconcile',
    'make a timer',
  ],
  worker: [
    'read all rows',
    'delete a row',
    'read the key of the cursors',
    'change a counter',
    'put a message aside',
    'run reconcile',
  ],
  occurrence: ['read all rows', 'change a row', 'delete a row', 'take a hint', 'put a message aside', 'run reconcile'],
  'dead-letter': [
    'read all rows',
    'make a row',
    'change a row',
    'delete a row',
    'read the key of the cursors',
    'change a counter',
    'take a hint',
    'run reconcile',
  ],
  reconcile: ['delete a row', 'take a hint', 'put a message aside'],
  changes: [
    'read all rows',
    'read a row',
    'make a row',
    'change a row',
    'delete a row',
    'read the key of the cursors',
    'change a counter',
    'send a hint',
    'take a hint',
    'put a message aside',
    'make a timer',
  ],
}

/** What only `auth` has any business with, where there are accounts. */
const aboutAccounts: readonly Deed[] = ['read the secret', 'replace the secret']

/** Where there are no accounts. */
export const queueFunctions = functionNames.filter(name => name !== 'auth')

/** @param names of functions that have run */
export function denied(drive: Drive, names: readonly FunctionName[] = queueFunctions): void {
  test.each(names)('SEC-39 the role of %s is denied what is not its business', async name => {
    const { stage } = drive()
    const as = clientsFor(stage.emulator, credentialsOf(stage, name))
    const on = await target(stage)
    const granted: Deed[] = []
    const ofSecret = on.secret === '' || name === 'auth' ? [] : aboutAccounts
    for (const deed of [...nobody, ...others[name], ...ofSecret]) {
      const outcome = await attempts[deed](as, on).then(
        () => 'done',
        (error: unknown) => (error instanceof Error ? `${error.name}: ${error.message}` : String(error)),
      )
      if (!/AccessDenied|not authorized/i.test(outcome)) granted.push(`${deed} (${outcome})` as Deed)
    }
    expect(granted).toEqual([])
  })
}

async function target(stage: Stage): Promise<Target> {
  return {
    stage,
    tasks: await stage.variable('tasksTable'),
    app: await stage.variable('appTable'),
    queues: JSON.parse(await stage.variable('queues')),
    quarantine: await stage.variable('quarantineUrl', 'dead-letter'),
    group: await stage.variable('timerGroup'),
    timerRole: await stage.variable('timerRole'),
    secret: await secretOf(stage),
  }
}

/** Whoever has no accounts has no function for them either. */
async function secretOf(stage: Stage): Promise<string> {
  return stage.variable('secretArn', 'auth').catch(() => '')
}
