import { type Conditions, PolicyStatement, type Role } from 'aws-cdk-lib/aws-iam'
import type { Queue } from 'aws-cdk-lib/aws-sqs'
import { functionArn } from './arns.ts'
import type { Data } from './data.ts'
import type { Mappings, Parts } from './parts.ts'

/** Where a permission is for more than one resource, and why. */
export function starsOf({ timers, schedules }: Pick<Parts, 'timers' | 'schedules'>): Readonly<Record<string, string>> {
  return {
    [timers.schedules]: 'Schedules are named after their tasks and times; the group is this stage’s own.',
    [schedules.timers]: 'Timers are named after the schedules that people make; the group is this stage’s own.',
    '*': 'AWS does not let GetMetricData and ListStreams be given for less; they read numbers and names.',
  }
}

/** Who may do what: each function's whole list, so that it can be read in one place. Writing their logs is all there is beside it. */
export const permissions = {
  tasks: (on: Parts) => [
    ...submitting(on),
    rows(on, 'GetItem', 'Query', 'BatchGetItem'),
    indexes(on, 'byOwner', 'byName'),
    app(on, 'secret', 'GetItem', 'PutItem'),
    app(on, 'stats', 'Query'),
    limiting(on),
    auditing(on, 'PutItem'),
    ...verifying(on),
  ],
  schedules: (on: Parts) => [
    ...scheduling(on),
    app(on, 'secret', 'GetItem', 'PutItem'),
    auditing(on, 'PutItem'),
    ...verifying(on),
  ],
  ops: (on: Parts, mappings: Mappings) => [
    rows(on, 'GetItem', 'UpdateItem', 'BatchGetItem'),
    // Of an owner that is removed, with all that is beside the rows.
    rows(on, 'Query', 'DeleteItem', 'BatchWriteItem'),
    indexes(on, 'byOwner', 'dead'),
    dispatch(on, 'Query', 'PutItem', 'DeleteItem'),
    // A schedule that is removed in the midst of a fire has it carried out first.
    ...firing(on),
    allow(['scheduler:DeleteSchedule'], [on.schedules.timers]),
    ...switching(mappings),
    app(on, 'secret', 'GetItem', 'PutItem'),
    app(on, 'stats', 'Query'),
    ...(on.settings.apiAuth === 'accounts' ? [limiting(on), removingUsers(on)] : []),
    auditing(on, 'PutItem', 'Query'),
    ...verifying(on),
  ],
  auth: (on: Parts, secretArn: string) => [
    accounts(on),
    endingKeys(on),
    allow(['secretsmanager:GetSecretValue', 'secretsmanager:PutSecretValue'], [secretArn]),
    app(on, 'secret', 'GetItem', 'PutItem'),
    limiting(on),
    auditing(on, 'PutItem'),
  ],
  worker: (on: Parts) => [
    ...submitting(on),
    rows(on, 'GetItem'),
    dispatch(on, 'Query'),
    receiving(Object.values(on.queues.lanes)),
  ],
  occurrence: (on: Parts) => [
    ...scheduling(on),
    // What Lambda does in its name with calls that did not succeed.
    sending([on.queues.lostFires]),
  ],
  'dead-letter': (on: Parts) => [
    rows(on, 'GetItem'),
    dispatch(on, 'Query'),
    receiving(Object.values(on.queues.deadLetters)),
    sending([on.queues.quarantine]),
    ...hinting(on),
  ],
  reconcile: (on: Parts, mappings: Mappings) => [
    // It cannot be given by key.
    allow(dynamodb('Scan'), [on.data.tasks.tableArn]),
    rows(on, 'GetItem', 'UpdateItem', 'BatchGetItem', 'BatchWriteItem'),
    ...scheduling(on),
    dispatch(on, 'Query'),
    ...switching(mappings),
    app(on, 'reconcile', 'Query', 'PutItem', 'DeleteItem'),
    app(on, 'stats', 'Query', 'UpdateItem', 'ConditionCheckItem'),
    allow(['sqs:GetQueueAttributes'], arns(Object.values(on.queues.lanes))),
    allow(['cloudwatch:GetMetricData'], ['*']),
    // Itself, to go on when its time is up.
    allow(['lambda:InvokeFunction'], [functionArn(on.data, on.settings, 'reconcile')]),
  ],
  changes: (on: Parts, mappings: Mappings) => [
    allow(dynamodb('DescribeStream', 'GetRecords', 'GetShardIterator'), [on.data.stream]),
    // Lambda asks for it before it takes the mapping.
    allow(dynamodb('ListStreams'), ['*']),
    sending([on.queues.failedChanges]),
    app(on, 'stats', 'UpdateItem'),
    dispatch(on, 'Query'),
    ...switching(mappings),
    allow(['lambda:InvokeFunction'], [functionArn(on.data, on.settings, 'reconcile')]),
  ],
} as const

/** A row, what is too long for it, and its hint: of a submit, and of every change of a task. */
function submitting(on: Parts): PolicyStatement[] {
  return [rows(on, 'PutItem', 'UpdateItem'), ...hinting(on)]
}

/** Schedules, the tasks that they make, and the timers that follow them. */
function scheduling(on: Parts): PolicyStatement[] {
  return [
    ...firing(on),
    limiting(on),
    allow(
      ['CreateSchedule', 'UpdateSchedule', 'DeleteSchedule'].map(action => `scheduler:${action}`),
      [on.schedules.timers],
    ),
    passing(on.schedules.role),
  ]
}

/** What becomes of occurrences; in one statement, because it is written in one transaction. */
function firing(on: Parts): PolicyStatement[] {
  const actions = dynamodb('GetItem', 'BatchGetItem', 'Query', 'PutItem', 'DeleteItem')
  return [
    allow(actions, [on.data.app.tableArn], below('StringLike', 'schedule_*')),
    // Of accounts, whether one is disabled: its schedules make no tasks then.
    allow(dynamodb('GetItem'), [on.data.app.tableArn], below('StringLike', 'disabled_*')),
    rows(on, 'GetItem', 'PutItem'),
    ...hinting(on),
  ]
}

/** Tasks, with what is too long for a row and their log lines; what else is in the table has other keys. */
function rows({ data }: Parts, ...actions: readonly string[]): PolicyStatement {
  return allow(dynamodb(...actions), [data.tasks.tableArn], below('StringLike', 'task_*'))
}

function indexes({ data }: Parts, ...names: readonly Parameters<Data['index']>[0][]): PolicyStatement {
  return allow(
    dynamodb('Query'),
    names.map(name => data.index(name)),
  )
}

/** The pauses, which lie in the table of the tasks. */
function dispatch({ data }: Parts, ...actions: readonly string[]): PolicyStatement {
  return allow(dynamodb(...actions), [data.tasks.tableArn], below('StringEquals', 'dispatch'))
}

function app({ data }: Parts, partition: string, ...actions: readonly string[]): PolicyStatement {
  return allow(dynamodb(...actions), [data.app.tableArn], below('StringEquals', partition))
}

/**
 * All about accounts but the audit log. In one statement, because what makes a user writes several of these partitions in one
 * transaction, and `ForAllValues` is about all keys of a request.
 */
function accounts({ data }: Parts): PolicyStatement {
  const actions = dynamodb('GetItem', 'BatchGetItem', 'Query', 'PutItem', 'DeleteItem')
  const partitions = [
    'user_*',
    'used_*',
    'email_*',
    'users',
    'disabled_*',
    'invitation_*',
    'bootstrap',
    'throttle_*',
    'signing',
    'janitor',
  ]
  return allow(actions, [data.app.tableArn], below('StringLike', ...partitions))
}

/** An API key, the note of its use and the entry that tells of its end: in one transaction, and so in one statement, too. */
function endingKeys({ data }: Parts): PolicyStatement {
  const actions = dynamodb('PutItem', 'ConditionCheckItem')
  return allow(actions, [data.app.tableArn], below('StringLike', 'user_*', 'used_*', 'audit_*'))
}

/** A user with all that is its own; in one statement for the same reason. */
function removingUsers({ data }: Parts): PolicyStatement {
  const actions = dynamodb('GetItem', 'BatchGetItem', 'Query', 'PutItem', 'DeleteItem')
  return allow(actions, [data.app.tableArn], below('StringLike', 'user_*', 'used_*', 'email_*', 'users', 'disabled_*'))
}

/** Who calls: found out from public keys and from what lies with the user. That an API key was used is noted apart from it. */
function verifying({ data, settings }: Parts): PolicyStatement[] {
  if (settings.apiAuth !== 'accounts') return []
  return [
    allow(dynamodb('BatchGetItem'), [data.app.tableArn], below('StringLike', 'user_*', 'used_*')),
    allow(dynamodb('PutItem'), [data.app.tableArn], below('StringLike', 'used_*')),
    allow(dynamodb('GetItem'), [data.app.tableArn], below('StringEquals', 'signing')),
  ]
}

/** Requests of callers, and submits that a task's definition limits. */
function limiting({ data }: Parts): PolicyStatement {
  return allow(dynamodb('UpdateItem'), [data.app.tableArn], below('StringLike', 'limit_*'))
}

/** Entries are added, and neither changed nor removed (SEC-47). */
function auditing({ data }: Parts, ...actions: readonly ('PutItem' | 'Query')[]): PolicyStatement {
  return allow(dynamodb(...actions), [data.app.tableArn], below('StringLike', 'audit_*'))
}

function dynamodb(...actions: readonly string[]): string[] {
  return actions.map(action => `dynamodb:${action}`)
}

/** Only items with such a partition key. */
function below(operator: 'StringEquals' | 'StringLike', ...partitions: readonly string[]): Conditions {
  return { [`ForAllValues:${operator}`]: { 'dynamodb:LeadingKeys': partitions } }
}

/** Hints of now, and those that are too far ahead for the delay of a message. */
function hinting({ queues, timers }: Parts): PolicyStatement[] {
  return [
    sending(Object.values(queues.lanes)),
    allow(['scheduler:CreateSchedule'], [timers.schedules]),
    passing(timers.role),
  ]
}

/** Lets timers act as a role. */
function passing({ roleArn }: Role): PolicyStatement {
  return allow(['iam:PassRole'], [roleArn], { StringEquals: { 'iam:PassedToService': 'scheduler.amazonaws.com' } })
}

function sending(queues: readonly Queue[]): PolicyStatement {
  return allow(['sqs:SendMessage'], arns(queues))
}

/** What Lambda's pollers do in the function's name, and what it does itself to keep messages while it works on them. */
function receiving(queues: readonly Queue[]): PolicyStatement {
  const actions = ['ReceiveMessage', 'DeleteMessage', 'ChangeMessageVisibility', 'GetQueueAttributes']
  return allow(
    actions.map(action => `sqs:${action}`),
    arns(queues),
  )
}

/** Turning the mappings on and off, but not leading them to another function. */
function switching(mappings: Mappings): PolicyStatement[] {
  return [
    allow(['lambda:GetEventSourceMapping'], mappings.arns),
    allow(['lambda:UpdateEventSourceMapping'], mappings.arns, {
      // A call that says nothing about the function leaves it as it is.
      ArnEqualsIfExists: { 'lambda:FunctionArn': mappings.functionArn },
    }),
  ]
}

function arns(queues: readonly Queue[]): string[] {
  return queues.map(({ queueArn }) => queueArn)
}

function allow(actions: readonly string[], resources: readonly string[], conditions?: Conditions): PolicyStatement {
  return new PolicyStatement({ actions: [...actions], resources: [...resources], ...(conditions && { conditions }) })
}
