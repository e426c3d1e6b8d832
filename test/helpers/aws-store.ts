import { type AttributeValue, DeleteItemCommand, GetItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb'
import { onTestFinished } from 'vitest'
import { type AwsBackend, type AwsOptions, createAwsBackend } from '../../shared/aws/backend.ts'
import { rowKey } from '../../shared/aws/row-codec.ts'
import { localActor } from '../../shared/core/actor.ts'
import { type AnyTask, createRegistry } from '../../shared/core/definition.ts'
import { openGate } from '../../shared/core/dispatch.ts'
import type { TaskRow } from '../../shared/core/task.ts'
import { createEngine } from '../../shared/engine/create-engine.ts'
import type { Engine } from '../../shared/engine/engine.ts'
import type { EngineEvent } from '../../shared/engine/events.ts'
import { type Disposal, handleHint } from '../../shared/engine/handle-hint.ts'
import type { SubmitRequest } from '../../shared/engine/requests.ts'
import { createRunningAttempts } from '../../shared/engine/running-attempts.ts'
import { systemClock } from '../../shared/runtime/clock.ts'
import { createEntropy } from '../../shared/runtime/entropy.ts'
import { createLocalRunner } from '../../shared/worker/run-here.ts'
import { type AwsClients, type AwsResources, createClients, createResources } from './aws-resources.ts'
import { type Faults, faultyRequests } from './faulty-requests.ts'

/** The engine on AWS, with the line between them in the test's hands. */
export interface AwsStore {
  /** The test's own line to AWS. */
  readonly clients: AwsClients
  /** The line of the backend, which the test may cut. */
  readonly cut: AwsClients
  readonly resources: AwsResources
  readonly backend: AwsBackend
  readonly engine: Engine
  readonly events: readonly EngineEvent[]
  /** Of the calls to DynamoDB, and to SQS; what the test itself asks does not pass there. */
  readonly dynamodb: Faults
  readonly sqs: Faults
  readonly scheduler: Faults
  submit(request?: Partial<SubmitRequest>, key?: string): Promise<TaskRow>
  /** Handles a hint of the task, as its message arrives. */
  handle(task: Pick<TaskRow, 'id' | 'name'>): Promise<Disposal>
  /** The item of a row as it is stored. */
  item(id: string): Promise<Record<string, AttributeValue> | undefined>
  /** Everything that is in the tasks table. */
  items(): Promise<Record<string, AttributeValue>[]>
  /** Removes a row, as its retention does. */
  remove(id: string): Promise<void>
}

const DAY_MS = 86_400_000
export const RETENTION_MS = 7 * DAY_MS

/** Opens an empty one, which goes with the test. */
export async function openAwsStore(tasks: Iterable<AnyTask>, options: Partial<AwsOptions> = {}): Promise<AwsStore> {
  const [clients, own] = [createClients(), createClients()]
  const resources = await createResources(own)
  onTestFinished(async () => {
    await resources.remove()
    clients.destroy()
    own.destroy()
  })
  const faults = {
    dynamodb: faultyRequests(clients.dynamodb),
    sqs: faultyRequests(clients.sqs),
    scheduler: faultyRequests(clients.scheduler),
  }
  const registry = createRegistry(tasks)
  const clock = options.clock ?? systemClock
  const entropy = createEntropy(() => clock.now())
  const backend = createAwsBackend({
    clients,
    ...resources,
    retentionMs: RETENTION_MS,
    names: [...registry.keys()],
    isLong: () => false,
    clock,
    entropy,
    ...options,
  })
  const events: EngineEvent[] = []
  const environment = { backend, registry, clock, entropy, emit: (event: EngineEvent) => void events.push(event) }
  const engine = createEngine(environment)
  const worker = {
    ...environment,
    gate: () => openGate,
    runner: createLocalRunner(registry, clock),
    running: createRunningAttempts(),
  }
  const [first = 'default'] = registry.keys()
  let messages = 0
  const table = { TableName: resources.tasksTable, ConsistentRead: true }
  return {
    clients: own,
    cut: clients,
    resources,
    backend,
    engine,
    events,
    ...faults,
    submit: async (request = {}, key) => (await engine.submit(localActor, { name: first, ...request }, key)).row,
    handle: ({ id, name }) => handleHint({ task: id, name, messageId: `message-${++messages}` }, worker),
    item: async id => (await own.dynamodb.send(new GetItemCommand({ ...table, Key: rowKey(id) }))).Item,
    items: async () => (await own.dynamodb.send(new ScanCommand(table))).Items ?? [],
    async remove(id) {
      await own.dynamodb.send(new DeleteItemCommand({ TableName: resources.tasksTable, Key: rowKey(id) }))
    },
  }
}
