import { type AttributeValue, QueryCommand } from '@aws-sdk/client-dynamodb'
import { onTestFinished } from 'vitest'
import { createCounters } from '../../shared/aws/counters.ts'
import { createRecounts } from '../../shared/aws/recounts.ts'
import { createStatsStore } from '../../shared/aws/stats-store.ts'
import type { Instant, TaskState } from '../../shared/core/task.ts'
import type { Clock } from '../../shared/ports/clock.ts'
import type { Recounts } from '../../shared/ports/scan.ts'
import type { StatsStore } from '../../shared/ports/stats-store.ts'
import type { CountedRow, Counters, RowChange } from '../../shared/ports/table-changes.ts'
import { systemClock } from '../../shared/runtime/clock.ts'
import { createEntropy } from '../../shared/runtime/entropy.ts'
import { type AwsResources, createClients, createResources } from '../helpers/aws-resources.ts'
import { at } from '../helpers/clock.ts'
import { type Faults, faultyRequests } from '../helpers/faulty-requests.ts'

/** Counters on an empty table. */
export interface Counting {
  readonly resources: AwsResources
  readonly counters: Counters
  readonly stats: StatsStore
  readonly recounts: Recounts
  readonly clock: Clock
  readonly faults: Faults
  setNow(now: Instant): void
  /** All items of counters, by sort key. */
  items(): Promise<ReadonlyMap<string, Readonly<Record<string, AttributeValue>>>>
}

export async function openCounting(): Promise<Counting> {
  const [clients, own] = [createClients(), createClients()]
  const resources = await createResources(own)
  onTestFinished(async () => {
    await resources.remove()
    clients.destroy()
    own.destroy()
  })
  let now = at('10:00:00')
  const clock: Clock = { now: () => now, after: systemClock.after }
  const options = { dynamodb: clients.dynamodb, tableName: resources.appTable, clock }
  return {
    resources,
    counters: createCounters(options),
    stats: createStatsStore(options),
    recounts: createRecounts({ ...options, entropy: createEntropy(clock.now) }),
    clock,
    faults: faultyRequests(clients.dynamodb),
    setNow(instant) {
      now = instant
    },
    async items() {
      const query = new QueryCommand({
        TableName: resources.appTable,
        KeyConditionExpression: 'pk = :pk',
        ExpressionAttributeValues: { ':pk': { S: 'stats' } },
      })
      const { Items } = await own.dynamodb.send(query)
      return new Map((Items ?? []).map(item => [String(item.sk?.S), item]))
    },
  }
}

/** A row as far as counters know it. */
export function counted(state: TaskState, row: Partial<CountedRow> = {}): CountedRow {
  return { name: 'send-email', state, runAt: at('10:00:07'), ...row }
}

/** A record of the stream: new when there is none before, gone when there is none after. */
export function change(sequence: number, before: CountedRow | undefined, after: CountedRow | undefined): RowChange {
  return { kind: 'row', sequence: String(sequence), ...(before && { before }), ...(after && { after }) }
}
