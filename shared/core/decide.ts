import { type BackoffFunction, type BackoffSpec, backoffDelay } from './backoff.ts'
import type { Update } from './change.ts'
import type { Outcome } from './outcome.ts'
import type { Body, Instant, TaskRow } from './task.ts'
import { complete, discard, fail, type Lease, release, snooze, stop } from './transitions.ts'

/**
 * The change that an outcome asks for. What an outcome is was decided before; here nothing is written yet.
 * @param result where the result of a completed attempt lies
 */
export function decide(
  outcome: Outcome,
  lease: Lease,
  row: TaskRow,
  backoff: BackoffSpec | BackoffFunction,
  now: Instant,
  random: number,
  result: Body,
): Update {
  switch (outcome.kind) {
    case 'completed':
      return complete(lease, row.attempt, result, now)
    case 'failed':
      return fail(lease, row, outcome.error, backoffDelay(backoff, row.attempt, random, outcome.error), now)
    case 'retryIn':
      return fail(lease, row, outcome.error, outcome.delayMs, now)
    case 'snoozed':
      return snooze(lease, row, outcome.delayMs, now)
    case 'canceled':
      return stop(lease, row, outcome.reason, now)
    case 'discarded':
      return discard(lease, row, outcome.error, now)
    case 'released':
      return release(lease, row, now, outcome.reason)
  }
}
