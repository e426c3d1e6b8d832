import type { Committed } from '../core/change.ts'
import { decide } from '../core/decide.ts'
import type { AnyTask } from '../core/definition.ts'
import type { Outcome } from '../core/outcome.ts'
import type { Body, Hint, TaskRow } from '../core/task.ts'
import { type Lease, SKEW_MS } from '../core/transitions.ts'
import { judge, type Verdict } from '../core/verdict.ts'
import { StoreUnavailable } from '../ports/store-unavailable.ts'
import type { AttemptPorts } from './attempt-ports.ts'
import { placeBody } from './body.ts'

/** After a store that did not take an outcome. */
const RETRY_MS = 1_000

/** Writes an outcome under the lease. */
export async function settle(
  hint: Hint,
  lease: Lease,
  known: TaskRow,
  definition: AnyTask,
  outcome: Outcome,
  on: AttemptPorts,
): Promise<Verdict> {
  const text = outcome.kind === 'completed' ? outcome.result : undefined
  const placed = placeBody(text, known.id, on.backend.blobs, on.entropy)
  const result = placed instanceof Promise ? await placedAtLast(placed, text, known, on) : placed
  const backoff = known.policy?.backoff ?? definition.retry.backoff
  const random = on.entropy.random()

  for (let row = known; ; ) {
    const now = on.clock.now()
    let settled: Committed
    try {
      settled = await on.backend.tasks.commit(decide(outcome, lease, row, backoff, now, random, result))
    } catch (error) {
      await nextTry(error, known, on)
      continue
    }
    if (settled.ok) {
      on.emit({ type: 'attempt.ended', row: settled.row, outcome, tookMs: now - (known.startedAt ?? now) })
      return { do: 'ack' }
    }
    const { winner } = settled
    // Still ours, but somebody has asked to cancel since: decide again, on what is known now (H51).
    if (winner?.leaseToken === lease.token && winner.version !== row.version) {
      row = winner
      continue
    }
    // Stale, or our own write whose answer was lost: the row says which, and what it still needs (H41, H46).
    on.emit({ type: 'attempt.stale', row: known, outcome })
    return judge(hint, winner, now)
  }
}

async function placedAtLast(
  first: Promise<Body>,
  text: string | undefined,
  known: TaskRow,
  on: AttemptPorts,
): Promise<Body> {
  for (let placed: Body | Promise<Body> = first; ; ) {
    try {
      return await placed
    } catch (error) {
      await nextTry(error, known, on)
      placed = placeBody(text, known.id, on.backend.blobs, on.entropy)
    }
  }
}

/**
 * An outage must not have done again what the handler has done: the outcome is offered until the lease ends, when another worker may
 * have the task (H44).
 * @throws what the store did, once it is too late
 */
async function nextTry(error: unknown, known: TaskRow, on: AttemptPorts): Promise<void> {
  const leaseEndsAt = (known.wakeAt ?? 0) - SKEW_MS
  if (!(error instanceof StoreUnavailable) || on.clock.now() + RETRY_MS >= leaseEndsAt) throw error
  on.emit({ type: 'settle.failed', task: known.id, error })
  await new Promise<void>(resolve => on.clock.after(RETRY_MS, resolve))
}
