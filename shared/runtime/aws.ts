import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { SchedulerClient } from '@aws-sdk/client-scheduler'
import { SQSClient } from '@aws-sdk/client-sqs'
import { type AwsBackend, createAwsBackend } from '../aws/backend.ts'
import { clientOptions } from '../aws/clients.ts'
import { LONG_TIMEOUT_MS, LONGEST_TIMEOUT_MS, metrics as names } from '../aws/names.ts'
import type { Registry } from '../core/definition.ts'
import type { TaskRow } from '../core/task.ts'
import type { Environment } from '../engine/environment.ts'
import { createLogger, type Logger } from '../telemetry/log-events.ts'
import { createMetrics, type Metrics } from '../telemetry/metrics.ts'
import { registryOf, TasksRefused } from '../worker/registry-of.ts'
import { logLevel, queues, retentionMs, text, type Variables } from './aws-settings.ts'
import { lambdaClock } from './clock.ts'
import { createEntropy } from './entropy.ts'

/** The module of the user's tasks, as the bundle contains it. */
export type TasksModule = Readonly<Record<string, unknown>>

/** What the functions share. Built once per process; nothing is asked of AWS before the first event. */
export interface Aws extends Environment {
  readonly backend: AwsBackend
  readonly clients: {
    readonly dynamodb: DynamoDBClient
    readonly sqs: SQSClient
    readonly scheduler: SchedulerClient
  }
  readonly logger: Logger
  readonly metrics: Metrics
  /** Whether a task takes so long that it travels in the lane `long`. */
  readonly isLong: (row: TaskRow) => boolean
}

/** @throws TasksRefused | Error that names a variable which the stacks have not set */
export function openAws(env: Variables, tasks: TasksModule): Aws {
  const registry = checkedTimeouts(registryOf(tasks, 'the module of the tasks'))
  const clock = lambdaClock
  const entropy = createEntropy(() => clock.now())
  const clients = {
    dynamodb: new DynamoDBClient(clientOptions),
    sqs: new SQSClient(clientOptions),
    scheduler: new SchedulerClient(clientOptions),
  }
  const logger = createLogger(logLevel(env))
  const metrics = createMetrics(names.namespace, { name: names.dimension, value: text(env, 'stage') })
  const isLong = (row: TaskRow) => timeoutOf(row, registry) > LONG_TIMEOUT_MS
  const backend = createAwsBackend({
    clients,
    tasksTable: text(env, 'tasksTable'),
    appTable: text(env, 'appTable'),
    queues: queues(env),
    timers: {
      group: text(env, 'timerGroup'),
      roleArn: text(env, 'timerRole'),
      reconcileArn: text(env, 'reconcileArn'),
    },
    retentionMs: retentionMs(env),
    names: [...registry.keys()],
    isLong,
    clock,
    entropy,
  })
  return {
    backend,
    registry,
    clock,
    entropy,
    clients,
    logger,
    metrics,
    isLong,
    emit(event) {
      if (event.type === 'hint.unknownTask') metrics.count(names.unknownTasks, 1)
      logger.event(event)
    },
  }
}

function timeoutOf(row: TaskRow, registry: Registry): number {
  return row.policy?.timeoutMs ?? registry.get(row.name)?.timeoutMs ?? 0
}

/**
 * A function lives for 15 minutes at most, so that a longer attempt could never end.
 * @throws TasksRefused
 */
export function checkedTimeouts(registry: Registry): Registry {
  for (const { name, timeoutMs } of registry.values()) {
    if (timeoutMs > LONGEST_TIMEOUT_MS)
      throw new TasksRefused(
        `the task ${name} has a timeout of ${timeoutMs / 60_000} minutes: on Lambda at most ${LONGEST_TIMEOUT_MS / 60_000}`,
      )
  }
  return registry
}
