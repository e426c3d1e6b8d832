import { isTerminal, type TaskRow } from '../../shared/core/task.ts'
import type { ClaimChecks } from './check-claims.ts'
import type { Seen } from './checker.ts'
import type { SimProcess } from './process.ts'

/** Clocks of the simulation differ by less than this. */
const SKEW_MS = 2_000
/** What P7 allows. */
const EARLY_MS = 5_000

/** What every change of a row must keep (P3, P4, P7, P11). */
export function createWriteChecks({ world, holders, starts, violate }: Seen, claims: ClaimChecks) {
  const tokens = new Set<string>()

  function claimed(before: TaskRow, after: TaskRow, from: SimProcess): void {
    const { id } = after
    const attempt = `${after.run}/${after.attempt}`
    if (before.cancelRequestedAt !== undefined) violate('P11', id, `${attempt} is claimed after a request to cancel`)
    const due = before.state === 'RUNNING' ? (before.wakeAt ?? 0) - SKEW_MS : before.runAt - EARLY_MS
    if (world.now < due) {
      const [promise, what] =
        before.state === 'RUNNING' ? (['P3', 'its lease'] as const) : (['P7', 'its time'] as const)
      violate(promise, id, `${attempt} is claimed ${due - world.now} ms before ${what} allows`)
    }
    if (after.leaseToken === undefined || tokens.has(after.leaseToken))
      violate('P3', id, `${attempt} has no token of its own`)
    tokens.add(after.leaseToken ?? '')
    holders.set(id, { process: from, run: after.run, attempt: after.attempt })
    claims.claimed(after, from)
  }

  function heldOnly(before: TaskRow, after: TaskRow, from: SimProcess): void {
    const { id } = after
    const holder = holders.get(id)
    const isHolder = holder?.process === from && holder.run === before.run && holder.attempt === before.attempt
    if (isHolder || isBurial(before, after)) return
    violate(
      'P3',
      id,
      `${from.name} writes ${after.state} although ${holder?.process.name} holds ${before.run}/${before.attempt}`,
    )
  }

  /** Whoever finds a lease that has run out may end a task that nobody may start again. */
  function isBurial(before: TaskRow, after: TaskRow): boolean {
    const hasExpired = before.expiresAt !== undefined && before.expiresAt <= world.now + SKEW_MS
    const isSpent = before.attemptsLeft === 0 || hasExpired
    return isTerminal(after.state) && isSpent && (before.wakeAt ?? 0) <= world.now + SKEW_MS
  }

  /** The result says which start of a handler it comes from. */
  function resultOf(before: TaskRow, after: TaskRow): void {
    const { x } = JSON.parse(after.result ?? '{}') as { x?: number }
    const start = `${after.id}/${before.run}/${before.attempt}`
    if (before.state !== 'RUNNING' || x === undefined || starts[x] !== start)
      violate('P3', after.id, `the result of ${starts[x ?? -1]} ends ${start}, which was ${before.state}`)
  }

  /** The error that is stored names the attempt that has thrown it. */
  function errorOf(before: TaskRow, after: TaskRow): void {
    const [, run, attempt] = /^run (\d+) attempt (\d+)/.exec(after.lastError?.message ?? '') ?? []
    if (run === undefined || before.lastError?.message === after.lastError?.message) return
    if (Number(run) !== before.run || Number(attempt) !== before.attempt)
      violate('P3', after.id, `the error of ${run}/${attempt} is written to ${before.run}/${before.attempt}`)
  }

  function isRequeue(before: TaskRow, after: TaskRow): boolean {
    return after.state === 'PENDING' && after.run === before.run + 1 && after.attempt === 0
  }

  function changed(before: TaskRow, after: TaskRow, from: SimProcess): void {
    if (after.state === 'COMPLETED') resultOf(before, after)
    if (before.state !== 'RUNNING') return
    if (after.state !== 'RUNNING' || after.wakeAt !== before.wakeAt) heldOnly(before, after, from)
    errorOf(before, after)
    if (after.state === 'PENDING') claims.givenBack(after)
  }

  return {
    wrote(before: TaskRow | undefined, after: TaskRow, from: SimProcess): void {
      if (!before) return
      const { id } = after
      if (isTerminal(before.state)) {
        if (!isRequeue(before, after)) violate('P3', id, `${before.state} becomes ${after.state} in run ${after.run}`)
        return
      }
      const isStart = after.attempt === before.attempt + 1 && after.state === 'RUNNING'
      const hasNewToken = after.state === 'RUNNING' && after.leaseToken !== before.leaseToken
      if (after.run !== before.run) violate('P4', id, `run ${before.run} becomes ${after.run} before its end`)
      else if (isStart) claimed(before, after, from)
      else if (after.attempt !== before.attempt || hasNewToken)
        violate('P4', id, `attempt ${before.attempt} becomes ${after.attempt} with a token of ${from.name}`)
      else changed(before, after, from)
    },
  }
}
