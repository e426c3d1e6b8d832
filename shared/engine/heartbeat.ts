import type { TaskRow } from '../core/task.ts'
import { heartbeat, type Lease } from '../core/transitions.ts'
import type { Abortion } from '../ports/handler-runner.ts'
import { type AttemptPorts, LEASE_MS } from './attempt-ports.ts'

/** Three in a lease, so that two may fail (H36). */
const INTERVAL_MS = 10_000
/** After one that failed. */
const RETRY_MS = 2_000

export interface Heartbeat {
  /** The row as the latest heartbeat saw it. */
  row(): TaskRow
  /** The lease as it was extended. */
  lease(): Lease
  end(): void
}

/** Keeps a lease alive, one heartbeat at a time; aborts the handler when the lease is lost or somebody asked to cancel. */
export function keepLease(lease: Lease, claimed: TaskRow, abortion: Abortion, on: AttemptPorts): Heartbeat {
  let row = claimed
  let endsAt = lease.endsAt
  let ended = false
  let cancelTimer = on.clock.after(INTERVAL_MS, beat)

  function next(delayMs: number): void {
    if (!ended) cancelTimer = on.clock.after(delayMs, beat)
  }

  function beat(): void {
    const wanted = on.clock.now() + LEASE_MS
    on.backend.tasks.commit(heartbeat({ ...lease, endsAt: wanted })).then(
      committed => {
        const seen = committed.ok ? committed.row : committed.winner
        // An answer that came late or out of order still shows our token (H34).
        if (seen?.leaseToken !== lease.token) return abortion.abort('lease_lost')
        row = seen
        if (committed.ok) endsAt = Math.max(endsAt, wanted)
        if (row.cancelRequestedAt !== undefined) abortion.abort('canceled')
        next(INTERVAL_MS)
      },
      error => {
        on.emit({ type: 'heartbeat.failed', task: lease.task, error })
        // The store may be down for everyone: only a lease that has really ended stops the handler (H38).
        if (on.clock.now() >= endsAt) abortion.abort('lease_lost')
        else next(RETRY_MS)
      },
    )
  }

  return {
    row: () => row,
    lease: () => ({ ...lease, endsAt }),
    end() {
      ended = true
      cancelTimer()
    },
  }
}
