import type { Committed } from '../core/change.ts'
import type { Hint, TaskRow } from '../core/task.ts'
import { claim, type Lease } from '../core/transitions.ts'
import { judge, type Verdict } from '../core/verdict.ts'
import { StoreUnavailable } from '../ports/store-unavailable.ts'
import { type AttemptPorts, LEASE_MS } from './attempt-ports.ts'
import { runHeld } from './run-held.ts'
import { settle } from './settle.ts'

/** One attempt, from hint to verdict: check, claim, run, settle. */
export async function attempt(hint: Hint, on: AttemptPorts): Promise<Verdict> {
  const gate = on.gate()
  const held = gate instanceof Promise ? await gate : gate
  const definition = on.registry.get(hint.name)
  if (!definition) return unknownName(hint, on)
  // Resume finds what a paused name has waiting by itself; a hint held back by a pause of everything comes back.
  if (held.names.has(hint.name)) return { do: 'ack' }
  if (held.all) return { do: 'leave' }

  const now = on.clock.now()
  const lease: Lease = { task: hint.task, token: on.entropy.token(), endsAt: now + LEASE_MS }
  let claimed: Committed
  try {
    claimed = await on.backend.tasks.commit(claim(hint, lease, now, held.priorities))
  } catch (error) {
    claimed = await readClaim(lease, error, on)
  }
  const row = heldRow(claimed, lease)
  if (!row) return lostClaim(hint, claimed, now, on)
  // The answer took longer than the lease: somebody else may hold the task by now (H27).
  if (on.clock.now() >= lease.endsAt) return { do: 'leave' }

  on.emit({ type: 'attempt.started', row, lateMs: Math.max(0, now - row.runAt) })
  return settle(hint, definition, await runHeld(lease, row, definition, on), on)
}

/** A lost claim is ours all the same when the row carries our token: the first request was applied, its answer lost (H26). */
function heldRow(claimed: Committed, lease: Lease): TaskRow | undefined {
  const row = claimed.ok ? claimed.row : claimed.winner
  return row?.leaseToken === lease.token ? row : undefined
}

/**
 * No answer came at all: the claim may have been written all the same, and the task would idle for a whole lease (H26).
 * @throws the error when it was not, or when nobody can tell
 */
async function readClaim(lease: Lease, error: unknown, on: AttemptPorts): Promise<Committed> {
  if (!(error instanceof StoreUnavailable)) throw error
  const row = await on.backend.tasks.read(lease.task)
  if (row?.leaseToken !== lease.token) throw error
  return { ok: true, row }
}

function lostClaim(hint: Hint, claimed: Committed, now: number, on: AttemptPorts): Verdict {
  const winner = claimed.ok ? claimed.row : claimed.winner
  if (!winner) on.emit({ type: 'hint.unknownTask', hint })
  return judge(hint, winner, now)
}

/** This version of the code has no such handler; one that has it may be on its way. */
function unknownName(hint: Hint, on: AttemptPorts): Verdict {
  on.emit({ type: 'hint.unknownName', hint })
  return { do: 'leave' }
}
