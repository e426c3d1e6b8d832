import type { Gate } from '../core/dispatch.ts'
import type { HandlerRunner } from '../ports/handler-runner.ts'
import type { Environment } from './environment.ts'
import type { RunningAttempts } from './running-attempts.ts'

/** How long a lease lasts without a heartbeat. */
export const LEASE_MS = 30_000

/** What a worker is given to make attempts. */
export interface AttemptPorts extends Environment {
  /** What may not start now; at most 2 s old. */
  readonly gate: () => Gate | Promise<Gate>
  readonly runner: HandlerRunner
  /** What a cancel in this process, or the end of this worker, has to reach. */
  readonly running: RunningAttempts
}
