import { isTerminal, SCHEMA_VERSION, type TaskRow } from '../../shared/core/task.ts'
import type { ClaimChecks } from './check-claims.ts'
import type { Seen } from './checker.ts'
import type { Call } from './network.ts'
import type { SimProcess } from './process.ts'

/** Clocks of the simulation differ by less than this. */
const SKEW_MS = 2_000
/** A lease, its skew and a heartbeat's patience. */
const UNDISTURBED_MS = 50_000
/** A claim is under way for so long at most, and its request may arrive twice. */
const CLAIM_MS = 15_000
/** What P7 allows. */
const EARLY_MS = 5_000

type Writer = Pick<Call, 'from' | 'isTwin'>

/** What every change of a row must keep (P3, P4, P7, P11). */
export function createWriteChecks({ world, holders, starts, running, violate }: Seen, claims: ClaimChecks) {
  const tokens = new Set<string>()

  function claimed(before: TaskRow, after: TaskRow, { from, isTwin }: Writer): void {
    const { id } = after
    const attempt = `${after.run}/${after.attempt}`
    if (before.cancelRequestedAt !== undefined) violate('P11', id, `${attempt} is claimed after a request to cancel`)
    if (before.schemaVersion > SCHEMA_VERSION && from.version === 'older')
      violate('P2', id, `${attempt} is claimed by a version that does not know its row`)
    const expiredMs = world.now - (before.expiresAt ?? Number.POSITIVE_INFINITY)
    if (expiredMs > SKEW_MS + CLAIM_MS && !world.timeless)
      violate('P2', id, `${attempt} is claimed ${expiredMs} ms after it has expired`)
    const due = before.state === 'RUNNING' ? (before.wakeAt ?? 0) - SKEW_MS : before.runAt - EARLY_MS
    if (world.now < due && !world.timeless) {
      const [promise, what] =
        before.state === 'RUNNING' ? (['P3', 'its lease'] as const) : (['P7', 'its time'] as const)
      violate(promise, id, `${attempt} is claimed ${due - world.now} ms before ${what} allows`)
    }
    // A claim that arrives once more may find the next run due by the clock of somebody behind: that costs an attempt, and no more.
    if (after.leaseToken === undefined || (tokens.has(after.leaseToken) && !isTwin))
      violate('P3', id, `${attempt} has no token of its own`)
    tokens.add(after.leaseToken ?? '')
    if (before.state === 'RUNNING') tookOver(before)
    holders.set(id, { process: from, run: after.run, attempt: after.attempt })
    claims.claimed(after, from)
  }

  /** A lease that nothing keeps from being extended never runs out. */
  function tookOver({ id, run, attempt }: TaskRow): void {
    const holder = holders.get(id)?.process
    const works = running.get(id)
    if (!holder?.alive || works?.process !== holder || works.run !== run || works.attempt !== attempt) return
    if (!world.timeless && world.now - holder.disturbedAt > UNDISTURBED_MS)
      violate('P3', id, `${run}/${attempt} is taken from ${holder.name}, which works on it and lacks nothing`)
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
    if (world.timeless) return isTerminal(after.state)
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
    wrote(before: TaskRow | undefined, after: TaskRow, call: Writer): void {
      const { from } = call
      if (!before) return
      const { id } = after
      if (isTerminal(before.state)) {
        if (!isRequeue(before, after)) violate('P3', id, `${before.state} becomes ${after.state} in run ${after.run}`)
        return
      }
      const isStart = after.attempt === before.attempt + 1 && after.state === 'RUNNING'
      const hasNewToken = after.state === 'RUNNING' && after.leaseToken !== before.leaseToken
      if (after.run !== before.run) violate('P4', id, `run ${before.run} becomes ${after.run} before its end`)
      else if (isStart) claimed(before, after, call)
      else if (after.attempt !== before.attempt || hasNewToken)
        violate('P4', id, `attempt ${before.attempt} becomes ${after.attempt} with a token of ${from.name}`)
      else changed(before, after, from)
    },
  }
}
