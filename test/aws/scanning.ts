import { onTestFinished } from 'vitest'
import { createScan } from '../../shared/aws/scan.ts'
import type { AnyTask } from '../../shared/core/definition.ts'
import type { Clock } from '../../shared/ports/clock.ts'
import type { Scan } from '../../shared/ports/scan.ts'
import { systemClock } from '../../shared/runtime/clock.ts'
import { type AwsClients, createClients } from '../helpers/aws-resources.ts'
import { type AwsStore, openAwsStore } from '../helpers/aws-store.ts'
import { at, createManualClock, type ManualClock } from '../helpers/clock.ts'
import { type Faults, faultyRequests } from '../helpers/faulty-requests.ts'

/** A backend and a scan of its table, through clients between whose requests the test stands. */
export interface Scanning {
  readonly store: AwsStore
  readonly scan: Scan
  readonly clients: AwsClients
  readonly dynamodb: Faults
  readonly sqs: Faults
  readonly clock: ManualClock
  /** The hands of `clock`, with timers that fire by themselves. */
  readonly running: Clock
}

export const START = at('09:30:00')

export async function openScanning(tasks: Iterable<AnyTask>, segments: number): Promise<Scanning> {
  const clock = createManualClock(START)
  const running: Clock = { now: () => clock.now(), after: systemClock.after }
  const clients = createClients()
  onTestFinished(() => clients.destroy())
  const store = await openAwsStore(tasks, { clock: running, clients })
  const scan = createScan({ ...clients, tableName: store.resources.tasksTable, clock: running, segments })
  const [dynamodb, sqs] = [faultyRequests(clients.dynamodb), faultyRequests(clients.sqs)]
  return { store, scan, clients, dynamodb, sqs, clock, running }
}

/** A text that does not get smaller. */
export function noise(length: number): string {
  let seed = 7
  return Array.from({ length }, () => {
    seed = (seed * 16_807) % 2_147_483_647
    return String.fromCharCode(33 + (seed % 90))
  }).join('')
}
