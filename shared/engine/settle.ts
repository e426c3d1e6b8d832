import { decide } from '../core/decide.ts'
import type { AnyTask } from '../core/definition.ts'
import type { Body, Hint } from '../core/task.ts'
import type { Lease } from '../core/transitions.ts'
import { judge, type Verdict } from '../core/verdict.ts'
import { StoreUnavailable } from '../ports/store-unavailable.ts'
import type { AttemptPorts } from './attempt-ports.ts'
import { placeBody } from './body.ts'
import type { Ran } from './run-held.ts'
import { sleep } from './sleep.ts'

/** Writes an outcome under the lease. */
export async function settle(hint: Hint, definition: AnyTask, ran: Ran, on: AttemptPorts): Promise<Verdict> {
  const { outcome, lease } = ran
  const result = outcome.kind === 'completed' ? await placedResult(outcome.result, lease, on) : {}
  const backoff = ran.row.policy?.backoff ?? definition.retry.backoff
  const random = on.entropy.random()

  for (let { row } = ran; ; ) {
    const now = on.clock.now()
    const change = decide(outcome, lease, row, backoff, now, random, result)
    const settled = await whileHeld(lease, on, () => on.backend.tasks.commit(change))
    if (settled.ok) {
      on.emit({ type: 'attempt.ended', row: settled.row, outcome, tookMs: now - (row.startedAt ?? now) })
      return { do: 'ack' }
    }
    const { winner } = settled
    // Still ours, but somebody has asked to cancel since: decide again, on what is known now (H51).
    if (winner?.leaseToken === lease.token && winner.version !== row.version) {
      row = winner
      continue
    }
    // Stale, or our own write whose answer was lost: the row says which, and what it still needs (H41, H46).
    on.emit({ type: 'attempt.stale', row, outcome })
    return judge(hint, winner, now)
  }
}

function placedResult(text: string | undefined, lease: Lease, on: AttemptPorts): Body | Promise<Body> {
  const { blobs } = on.backend
  if (text === undefined || text.length * 3 <= blobs.inlineBytes) return placeBody(text, lease.task, blobs, on.entropy)
  return whileHeld(lease, on, async () => placeBody(text, lease.task, blobs, on.entropy))
}

const FIRST_PAUSE_MS = 100
const LONGEST_PAUSE_MS = 2_000
/** No write is begun so shortly before the lease ends. */
const MARGIN_MS = 2_000

/** The handler's work is done and may not be undone: while the store is out of reach, what came of it is written again, as long as the lease lasts (H44). */
async function whileHeld<T>(lease: Lease, on: AttemptPorts, write: () => Promise<T>): Promise<T> {
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
    try {
      return await write()
    } catch (error) {
      if (!(error instanceof StoreUnavailable) || on.clock.now() + pause >= lease.endsAt - MARGIN_MS) throw error
      on.emit({ type: 'settle.failed', task: lease.task, error })
      await sleep(on.clock, pause)
    }
  }
}
