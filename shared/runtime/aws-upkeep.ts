import { CloudWatchClient } from '@aws-sdk/client-cloudwatch'
import { LambdaClient } from '@aws-sdk/client-lambda'
import { clientOptions } from '../aws/clients.ts'
import { createCounters } from '../aws/counters.ts'
import { createInvoke } from '../aws/invoke.ts'
import { createMappings } from '../aws/mappings.ts'
import { metrics as names } from '../aws/names.ts'
import { createQueueAges } from '../aws/queue-age.ts'
import { createRecounts } from '../aws/recounts.ts'
import { createScan } from '../aws/scan.ts'
import { createScanPlaces } from '../aws/scan-places.ts'
import {
  decodeRecord,
  type StreamEvent,
  type StreamRecord,
  sequenceNumberOf,
  shardIdOf,
} from '../aws/stream-records.ts'
import { message } from '../telemetry/log-events.ts'
import { type ChangesReport, createChangesHandler } from '../worker/changes.ts'
import { createReconcile, type ReconcileRequest } from '../worker/reconcile.ts'
import { repairsOf } from '../worker/reconcile-report.ts'
import { type Aws, openAws, type TasksModule } from './aws.ts'
import { createScheduleUpkeep, type ScheduleTally, type UpkeepReport, withSchedules } from './aws-schedule-upkeep.ts'
import { mappings as mappingIds, queues, text, type Variables } from './aws-settings.ts'

/** Finds what nobody would look at any more; by a rule, by people, and after a pause. */
export function createReconcileFunction(
  env: Variables,
  tasks: TasksModule,
): (request: ReconcileRequest, context: { getRemainingTimeInMillis(): number }) => Promise<UpkeepReport> {
  const aws = openAws(env, tasks)
  const { clock, isLong, logger, metrics } = aws
  const { dynamodb, sqs } = aws.clients
  const scan = createScan({ dynamodb, tableName: text(env, 'tasksTable'), clock })
  const app = { dynamodb, tableName: text(env, 'appTable'), clock }
  const reconcile = createReconcile({
    ...aws,
    scan,
    places: createScanPlaces({ ...app, segments: scan.segments }),
    ages: createQueueAges({ sqs, cloudwatch: new CloudWatchClient(clientOptions), queues: queues(env), isLong, clock }),
    recounts: createRecounts({ ...app, entropy: aws.entropy }),
    converge: createConverge(aws, env),
  })

  const lookAtSchedules = createScheduleUpkeep(aws, env, tasks)
  const invoke = createInvoke(new LambdaClient(clientOptions), text(env, 'reconcileArn'), clock)

  /** First, because it is quick; but the tasks do not wait for schedules that cannot be looked at. */
  async function schedulesOf(request: ReconcileRequest, hasTime: () => boolean): Promise<ScheduleTally> {
    try {
      return await lookAtSchedules(request, hasTime)
    } catch (error) {
      aws.emit({ type: 'store.failed', error })
      return { looked: 0, made: 0, late: 0, failed: 1 }
    }
  }

  return async ({ name, resume, restored, notBefore, since }, context) => {
    const given = {
      ...(name !== undefined && { name }),
      ...(resume !== undefined && { resume }),
      ...(restored !== undefined && { restored }),
    }
    const request = { ...given, ...(notBefore !== undefined && { notBefore }), ...(since !== undefined && { since }) }
    const schedules = await schedulesOf(request, () => context.getRemainingTimeInMillis() > HALF_MS)
    const report = withSchedules(await reconcile(request, () => context.getRemainingTimeInMillis()), schedules)
    if (!report.done) await invoke.later({ ...given, since: report.since })
    // What timers that work have not yet said is no sign of anything; what was due for minutes is.
    const repairs = repairsOf(report) + schedules.late
    // A metric that is never printed costs nothing.
    if (repairs > 0) metrics.count(names.repaired, repairs)
    logger.log(repairs > 0 ? 'warn' : 'info', 'reconcile.ended', { ...report })
    return report
  }
}

/** The other half of its time is for the tasks. */
const HALF_MS = 450_000

/** A portion of the change stream that has to come again begins with the record that is named here. */
export interface StreamAnswer {
  /** A mapping with a tumbling window takes an answer without it for a failure. Nothing is carried from call to call. */
  readonly state: Readonly<Record<string, never>>
  readonly batchItemFailures: readonly { readonly itemIdentifier: string }[]
}

/** Follows the changes of the tasks table. */
export function createChangesFunction(
  env: Variables,
  tasks: TasksModule,
): (event: StreamEvent) => Promise<StreamAnswer> {
  const aws = openAws(env, tasks)
  const invoke = createInvoke(new LambdaClient(clientOptions), text(env, 'reconcileArn'), aws.clock)
  const handle = createChangesHandler<StreamRecord>({
    decode: decodeRecord,
    counters: createCounters({ dynamodb: aws.clients.dynamodb, tableName: text(env, 'appTable'), clock: aws.clock }),
    converge: createConverge(aws, env),
    reconcile: request => invoke.later(request),
    report: changesReport(aws),
    clock: aws.clock,
  })

  return async event => {
    const itemIdentifier = await handle(shardIdOf(event), event.Records ?? [])
    return { state: {}, batchItemFailures: itemIdentifier === undefined ? [] : [{ itemIdentifier }] }
  }
}

function createConverge({ backend, clock }: Aws, env: Variables): () => Promise<boolean> {
  const mappings = createMappings(new LambdaClient(clientOptions), mappingIds(env), clock)
  return () => mappings.follow(backend.dispatch)
}

function changesReport({ logger }: Aws): ChangesReport<StreamRecord> {
  return {
    unreadable: (record, error) =>
      logger.log('error', 'change.unreadable', { sequence: sequenceNumberOf(record), error: message(error) }),
    failed: error => logger.log('error', 'changes.failed', { error: message(error) }),
  }
}
