import { CloudWatchClient } from '@aws-sdk/client-cloudwatch'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { LambdaClient } from '@aws-sdk/client-lambda'
import { SchedulerClient } from '@aws-sdk/client-scheduler'
import { SQSClient } from '@aws-sdk/client-sqs'
import { afterEach, expect, test, vi } from 'vitest'
import { lanes, variables } from '../../shared/aws/names.ts'
import { defineTask } from '../../shared/core/definition.ts'
import { defineSchedule } from '../../shared/core/schedule-definition.ts'
import { openAws, type TasksModule } from '../../shared/runtime/aws.ts'
import { createReconcileFunction } from '../../shared/runtime/aws-upkeep.ts'
import { known } from '../../shared/schedules/records.ts'
import type { ReconcileRequest } from '../../shared/worker/reconcile.ts'
import { createClients } from '../sim/clients.ts'
import { createDynamo } from '../sim/dynamodb.ts'
import { faultNames } from '../sim/fault-kinds.ts'
import { createFaults, type Rates } from '../sim/faults.ts'
import type { Answer, Call } from '../sim/network.ts'
import { SimProcess } from '../sim/process.ts'
import { withTransactions } from '../sim/transactions.ts'
import { World } from '../sim/world.ts'

const byLane = (what: (lane: string) => unknown) =>
  JSON.stringify(Object.fromEntries(lanes.map(lane => [lane, what(lane)])))
const env: Readonly<Record<string, string>> = {
  [variables.stage]: 'dev',
  [variables.logLevel]: 'silent',
  [variables.tasksTable]: 'tasks-table',
  [variables.appTable]: 'app-table',
  [variables.queues]: byLane(lane => ({ url: `https://queue/${lane}`, arn: `arn:aws:sqs:r:1:${lane}` })),
  [variables.mappings]: byLane(lane => `mapping-${lane}`),
  [variables.timerGroup]: 'group',
  [variables.timerRole]: 'arn:aws:iam::1:role/timers',
  [variables.scheduleTimers]: JSON.stringify({
    group: 'schedules',
    roleArn: 'arn:aws:iam::1:role/timers',
    occurrenceArn: 'arn:aws:lambda:r:1:function:occurrence',
    lostFiresArn: 'arn:aws:sqs:r:1:lost',
  }),
  [variables.reconcileArn]: 'arn:aws:lambda:r:1:function:reconcile',
  [variables.retentionDays]: '7',
}
const echo = defineTask({ name: 'echo', run: input => input })
const never = Object.fromEntries(faultNames.map(name => [name, 0])) as Rates
/** Enough for a pass over empty tables, and too little for what waits for counters. */
const SOME_MS = 60_000
const TOO_LITTLE_MS = 20_000

afterEach(() => void vi.restoreAllMocks())

/** The function of a stage on a small AWS. */
function openStage(tasks: TasksModule = { echo }) {
  const world = new World(1)
  world.now = Date.now()
  const faults = createFaults(world, { rates: never })
  const tables = withTransactions(world, faults, createDynamo(world, faults, () => {}).service)
  const calls: Call[] = []
  let fails: (call: Call) => boolean = () => false

  function answer(call: Call): Answer {
    calls.push(call)
    if (fails(call)) return { status: 400, body: { __type: 'AccessDeniedException' } }
    return call.service === 'dynamodb' ? tables(call) : { status: 200, body: {} }
  }

  const clients = createClients('short', new SimProcess(world, 'reconcile', 0), async call => answer(call))
  const kinds = [
    [DynamoDBClient, clients.dynamodb],
    [SQSClient, clients.sqs],
    [LambdaClient, clients.lambda],
    [SchedulerClient, clients.scheduler],
    [CloudWatchClient, clients.sqs],
  ] as const
  for (const [{ prototype }, { send }] of kinds) vi.spyOn(prototype, 'send').mockImplementation(send as never)
  const reconcile = createReconcileFunction(env, tasks)
  const { backend } = openAws(env, tasks)

  return {
    backend,
    pass: (request: ReconcileRequest = {}, remainingMs = SOME_MS) =>
      reconcile(request, { getRemainingTimeInMillis: () => remainingMs }),
    failing(which: (call: Call) => boolean): void {
      fails = which
    },
    /** With what the function has called itself. */
    invoked: () =>
      calls.flatMap(({ operation, body }) => (operation === 'Invoke' ? [JSON.parse(String(body.Payload))] : [])),
    scans: () => calls.filter(({ operation }) => operation === 'Scan').length,
    async schedules() {
      const { records } = await backend.records.list({ partition: 'schedule_all', limit: 10 })
      return records.map(record => known(record).schedule.name).sort()
    },
  }
}

test.each<ReconcileRequest>([
  { name: 'echo', restored: true, since: 1_905_000_000_000 },
  { resume: true, since: 1_905_000_000_001 },
])('H16 a pass that has no time left goes on as the same one: %j', async request => {
  const { backend, pass, invoked } = openStage()
  await backend.dispatch.put({ selector: { kind: 'all' }, reason: 'restored', actor: 'alice', since: Date.now() })
  expect(await pass({ ...request, notBefore: 1 }, TOO_LITTLE_MS)).toMatchObject({ done: false, since: request.since })
  expect(invoked()).toEqual([request])
})

test('H16 a new pass that has no time left is told to itself by when it began, and one that is done is not', async () => {
  const { pass, invoked } = openStage()
  const { since } = await pass({}, TOO_LITTLE_MS)
  expect(invoked()).toEqual([{ since }])
  expect(await pass({ since })).toMatchObject({ done: true, since })
  expect(invoked()).toHaveLength(1)
})

test('H16 schedules that cannot be looked at do not keep a pass from the tasks', async () => {
  const { pass, failing, scans } = openStage()
  failing(({ operation, body }) => operation === 'Query' && JSON.stringify(body).includes('schedule_due_'))
  const report = await pass()
  expect(report).toMatchObject({ done: true, schedules: { looked: 0, made: 0, late: 0, failed: 1 } })
  expect(report.summary).toContain('could not be looked at')
  expect(scans()).toBeGreaterThan(0)
})

test('S2-49 what a deployment could declare only in part, the next pass declares', async () => {
  const declared = ['first', 'second', 'third'].map(name => defineSchedule(echo, name, { name, every: '1h' }))
  const { pass, failing, schedules } = openStage({ echo, declared })
  failing(({ operation, body }) => operation === 'TransactWriteItems' && JSON.stringify(body).includes('second'))
  await pass()
  expect(await schedules()).toEqual(['first'])
  failing(() => false)
  await pass()
  expect(await schedules()).toEqual(['first', 'second', 'third'])
})
