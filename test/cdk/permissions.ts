import type { FunctionName } from '../../shared/aws/names.ts'

/**
 * All that each function may do: the resource, by where it stands in the construct, and with it the condition, if there is one; then
 * the actions. Whoever adds a permission has to add it here, too.
 */
const items = 'ForAllValues:StringEquals dynamodb:LeadingKeys'
const like = 'ForAllValues:StringLike dynamodb:LeadingKeys'
const tasksOnly = 'if ForAllValues:StringLike dynamodb:LeadingKeys = task_*'
const toScheduler = 'if StringEquals iam:PassedToService = scheduler.amazonaws.com'

const lanes = ['1', '2', '3', '4', '5', 'long']
const onLanes = (queues: string, ...actions: readonly string[]) =>
  Object.fromEntries(lanes.map(lane => [`Queues/${queues}-${lane}.Arn`, actions]))
const taking = ['sqs:ChangeMessageVisibility', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:ReceiveMessage']

const hinting = {
  ...onLanes('Lane', 'sqs:SendMessage'),
  'arn:aws:scheduler:region:account:schedule/pulse-dev/*': ['scheduler:CreateSchedule'],
  [`Timers/Role.Arn ${toScheduler}`]: ['iam:PassRole'],
}
const dueTimers = 'arn:aws:scheduler:region:account:schedule/pulse-dev_schedules/*'
/** What makes tasks of occurrences. */
const firing = {
  ...hinting,
  [`Data/App.Arn if ${like} = schedule_*`]: [
    'dynamodb:BatchGetItem',
    'dynamodb:DeleteItem',
    'dynamodb:GetItem',
    'dynamodb:PutItem',
    'dynamodb:Query',
  ],
  [`Data/App.Arn if ${like} = disabled_*`]: ['dynamodb:GetItem'],
  [`Data/Tasks.Arn ${tasksOnly}`]: ['dynamodb:GetItem', 'dynamodb:PutItem'],
}
const scheduling = {
  ...firing,
  [`Data/App.Arn if ${like} = limit_*`]: ['dynamodb:UpdateItem'],
  [dueTimers]: ['scheduler:CreateSchedule', 'scheduler:DeleteSchedule', 'scheduler:UpdateSchedule'],
  [`Schedules/Role.Arn ${toScheduler}`]: ['iam:PassRole'],
}
const switching = Object.fromEntries(
  lanes.flatMap(lane => {
    const mapping = `arn:aws:lambda:region:account:event-source-mapping:Workers/Lane-${lane}`
    return [
      [mapping, ['lambda:GetEventSourceMapping']],
      [
        `${mapping} if ArnEqualsIfExists lambda:FunctionArn = Workers/Function.Arn`,
        ['lambda:UpdateEventSourceMapping'],
      ],
    ]
  }),
)
const log = (place: string) => ({ [`${place}/Log.Arn`]: ['logs:CreateLogStream', 'logs:PutLogEvents'] })

/** Whoever has these can tell who calls, and can sign nothing. */
const verifying = {
  [`Data/App.Arn if ${like} = user_* used_*`]: ['dynamodb:BatchGetItem'],
  [`Data/App.Arn if ${like} = used_*`]: ['dynamodb:PutItem'],
  [`Data/App.Arn if ${items} = signing`]: ['dynamodb:GetItem'],
}
const removingUsers = {
  [`Data/App.Arn if ${like} = user_* used_* email_* users disabled_*`]: [
    'dynamodb:BatchGetItem',
    'dynamodb:DeleteItem',
    'dynamodb:GetItem',
    'dynamodb:PutItem',
    'dynamodb:Query',
  ],
}
const identity = 'user_* used_* email_* users disabled_* invitation_* bootstrap throttle_* signing janitor'

type Permissions = Readonly<Record<string, readonly string[]>>

export const functionPermissions: Readonly<Record<FunctionName, Permissions>> = {
  tasks: {
    ...hinting,
    [`Data/Tasks.Arn ${tasksOnly}`]: [
      'dynamodb:BatchGetItem',
      'dynamodb:GetItem',
      'dynamodb:PutItem',
      'dynamodb:Query',
      'dynamodb:UpdateItem',
    ],
    'Data/Tasks.Arn/index/by-name': ['dynamodb:Query'],
    'Data/Tasks.Arn/index/by-owner': ['dynamodb:Query'],
    [`Data/App.Arn if ${items} = secret`]: ['dynamodb:GetItem', 'dynamodb:PutItem'],
    [`Data/App.Arn if ${items} = stats`]: ['dynamodb:Query'],
    [`Data/App.Arn if ${like} = limit_*`]: ['dynamodb:UpdateItem'],
    [`Data/App.Arn if ${like} = audit_*`]: ['dynamodb:PutItem'],
    ...verifying,
    ...log('Api/Tasks'),
  },
  schedules: {
    ...scheduling,
    [`Data/App.Arn if ${items} = secret`]: ['dynamodb:GetItem', 'dynamodb:PutItem'],
    [`Data/App.Arn if ${like} = audit_*`]: ['dynamodb:PutItem'],
    ...verifying,
    ...log('Api/Schedules'),
  },
  ops: {
    ...firing,
    ...switching,
    [dueTimers]: ['scheduler:DeleteSchedule'],
    [`Data/Tasks.Arn ${tasksOnly}`]: [
      'dynamodb:BatchGetItem',
      'dynamodb:BatchWriteItem',
      'dynamodb:DeleteItem',
      'dynamodb:GetItem',
      'dynamodb:PutItem',
      'dynamodb:Query',
      'dynamodb:UpdateItem',
    ],
    'Data/Tasks.Arn/index/by-owner': ['dynamodb:Query'],
    'Data/Tasks.Arn/index/dead': ['dynamodb:Query'],
    [`Data/Tasks.Arn if ${items} = dispatch`]: ['dynamodb:DeleteItem', 'dynamodb:PutItem', 'dynamodb:Query'],
    [`Data/App.Arn if ${items} = secret`]: ['dynamodb:GetItem', 'dynamodb:PutItem'],
    [`Data/App.Arn if ${items} = stats`]: ['dynamodb:Query'],
    [`Data/App.Arn if ${like} = limit_*`]: ['dynamodb:UpdateItem'],
    [`Data/App.Arn if ${like} = audit_*`]: ['dynamodb:PutItem', 'dynamodb:Query'],
    ...removingUsers,
    ...verifying,
    ...log('Api/Ops'),
  },
  auth: {
    [`Data/App.Arn if ${like} = ${identity}`]: [
      'dynamodb:BatchGetItem',
      'dynamodb:DeleteItem',
      'dynamodb:GetItem',
      'dynamodb:PutItem',
      'dynamodb:Query',
    ],
    [`Data/App.Arn if ${items} = secret`]: ['dynamodb:GetItem', 'dynamodb:PutItem'],
    [`Data/App.Arn if ${like} = limit_*`]: ['dynamodb:UpdateItem'],
    [`Data/App.Arn if ${like} = audit_*`]: ['dynamodb:PutItem'],
    // A key that ends, together with the entry that says so.
    [`Data/App.Arn if ${like} = user_* used_* audit_*`]: ['dynamodb:ConditionCheckItem', 'dynamodb:PutItem'],
    'Accounts/Secret': ['secretsmanager:GetSecretValue', 'secretsmanager:PutSecretValue'],
    ...log('Accounts'),
  },
  worker: {
    ...hinting,
    ...onLanes('Lane', ...[...taking, 'sqs:SendMessage'].sort()),
    [`Data/Tasks.Arn ${tasksOnly}`]: ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem'],
    [`Data/Tasks.Arn if ${items} = dispatch`]: ['dynamodb:Query'],
    ...log('Workers'),
  },
  occurrence: {
    ...scheduling,
    'Queues/LostFires.Arn': ['sqs:SendMessage'],
    ...log('Occurrence'),
  },
  'dead-letter': {
    ...hinting,
    ...onLanes('DeadLetters', ...taking),
    'Queues/Quarantine.Arn': ['sqs:SendMessage'],
    [`Data/Tasks.Arn ${tasksOnly}`]: ['dynamodb:GetItem'],
    [`Data/Tasks.Arn if ${items} = dispatch`]: ['dynamodb:Query'],
    ...log('DeadLetter'),
  },
  reconcile: {
    ...scheduling,
    ...onLanes('Lane', 'sqs:GetQueueAttributes', 'sqs:SendMessage'),
    ...switching,
    'Data/Tasks.Arn': ['dynamodb:Scan'],
    [`Data/Tasks.Arn ${tasksOnly}`]: [
      'dynamodb:BatchGetItem',
      'dynamodb:BatchWriteItem',
      'dynamodb:GetItem',
      'dynamodb:PutItem',
      'dynamodb:UpdateItem',
    ],
    [`Data/Tasks.Arn if ${items} = dispatch`]: ['dynamodb:Query'],
    [`Data/App.Arn if ${items} = reconcile`]: ['dynamodb:DeleteItem', 'dynamodb:PutItem', 'dynamodb:Query'],
    [`Data/App.Arn if ${items} = stats`]: ['dynamodb:ConditionCheckItem', 'dynamodb:Query', 'dynamodb:UpdateItem'],
    '*': ['cloudwatch:GetMetricData'],
    'arn:aws:lambda:region:account:function:pulse-dev-reconcile': ['lambda:InvokeFunction'],
    ...log('Reconcile'),
  },
  changes: {
    ...switching,
    'Data/Tasks.StreamArn': ['dynamodb:DescribeStream', 'dynamodb:GetRecords', 'dynamodb:GetShardIterator'],
    '*': ['dynamodb:ListStreams'],
    'Queues/FailedChanges.Arn': ['sqs:SendMessage'],
    [`Data/App.Arn if ${items} = stats`]: ['dynamodb:UpdateItem'],
    [`Data/Tasks.Arn if ${items} = dispatch`]: ['dynamodb:Query'],
    'arn:aws:lambda:region:account:function:pulse-dev-reconcile': ['lambda:InvokeFunction'],
    ...log('Changes'),
  },
}

/** What those that answer requests may do besides, and only where there are accounts. */
export const ofAccounts: Readonly<Record<'tasks' | 'schedules' | 'ops', readonly string[]>> = {
  tasks: Object.keys(verifying),
  schedules: Object.keys(verifying),
  ops: [...Object.keys(verifying), ...Object.keys(removingUsers), `Data/App.Arn if ${like} = limit_*`],
}

/** Of what schedules act as. */
export const timerPermissions: Permissions = {
  ...onLanes('Lane', 'sqs:SendMessage'),
  'arn:aws:lambda:region:account:function:pulse-dev-reconcile': ['lambda:InvokeFunction'],
}

/** Of what the timers of schedules act as. */
export const scheduleTimerPermissions: Permissions = {
  'arn:aws:lambda:region:account:function:pulse-dev-occurrence': ['lambda:InvokeFunction'],
  'Queues/LostFires.Arn': ['sqs:SendMessage'],
}

/** Where a star is allowed among the resources, and why. */
export const stars: Readonly<Record<string, string>> = {
  'arn:aws:scheduler:region:account:schedule/pulse-dev/*':
    'Schedules are named after their tasks and times; the group is this stage’s own.',
  [dueTimers]: 'Timers are named after the schedules that people make; the group is this stage’s own.',
  '* for cloudwatch:GetMetricData': 'AWS does not let it be given by metric. It reads numbers only.',
  '* for dynamodb:ListStreams': 'AWS does not let it be given by stream. It reads names only.',
}
