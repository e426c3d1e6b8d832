import { decide } from '../core/decide.ts'
import type { AnyTask } from '../core/definition.ts'
import type { Outcome } from '../core/outcome.ts'
import type { Hint, TaskRow } from '../core/task.ts'
import type { Lease } from '../core/transitions.ts'
import { judge, type Verdict } from '../core/verdict.ts'
import type { AttemptPorts } from './attempt-ports.ts'
import { placeBody } from './body.ts'

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
  const result = placed instanceof Promise ? await placed : placed
  const backoff = known.policy?.backoff ?? definition.retry.backoff
  const random = on.entropy.random()

  for (let row = known; ; ) {
    const now = on.clock.now()
    const settled = await on.backend.tasks.commit(decide(outcome, lease, row, backoff, now, random, result))
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
