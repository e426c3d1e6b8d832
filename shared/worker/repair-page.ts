import type { Gate } from '../core/dispatch.ts'
import { type Instant, isWaiting, SCHEMA_VERSION, type TaskRow } from '../core/task.ts'
import { expire, release } from '../core/transitions.ts'
import type { Emit } from '../engine/events.ts'
import type { Backend } from '../ports/backend.ts'
import type { Clock } from '../ports/clock.ts'
import type { QueueAges, Scan, ScannedPage } from '../ports/scan.ts'
import type { Tally } from './reconcile-report.ts'

export interface RepairOptions {
  readonly backend: Pick<Backend, 'tasks' | 'hints'>
  readonly scan: Pick<Scan, 'removeOrphans'>
  readonly ages: QueueAges
  /** What may not start now; read again when it is asked for. */
  readonly gate: () => Promise<Gate>
  readonly clock: Clock
  readonly emit: Emit
  /** Rows of all names when absent. */
  readonly name?: string
  /** The table comes from a backup, and dispatch is paused: who holds a lease in it holds it no more (H103). */
  readonly restored?: boolean
  /** Names whose pause has just ended: their hints were acknowledged, so the age of a queue says nothing about them. */
  readonly resumed: ReadonlySet<string>
}

/** Clocks differ, and a message takes its time: what was due less long ago than this has its hint on the way (H101). */
const MARGIN_MS = 10_000
/** Repairs under way at a time, of one page. */
const AT_A_TIME = 50

/**
 * Does what the rows of a page need: a hint for each that is overdue, the end of each that has expired with nobody to claim it (H52),
 * and the removal of texts whose row is gone. It read the rows a moment ago, so it writes nothing but what a transition's own conditions
 * still allow (H17).
 */
export function createRepair(options: RepairOptions, tally: Tally): (page: ScannedPage) => Promise<void> {
  const { backend, scan, ages, gate, clock, emit, name, resumed, restored = false } = options

  async function isOverdue(row: TaskRow, now: Instant): Promise<boolean> {
    const { wakeAt } = row
    if (wakeAt === undefined) return false
    // However far ahead: the pause has swallowed hints that came early, and messages in place of a timer that could not be made (H68).
    if (resumed.has(row.name)) return true
    if (wakeAt + MARGIN_MS >= now) return false
    // The hint of a row behind a long backlog waits in the queue: another one would make it longer (H20).
    return wakeAt + MARGIN_MS < now - (await ages.of(row))
  }

  async function sendHint(row: TaskRow): Promise<void> {
    await backend.hints.send(row, Math.max(clock.now(), row.wakeAt ?? 0))
    if (resumed.has(row.name)) tally.resumed++
    else tally.hinted++
  }

  async function end({ id }: TaskRow, now: Instant): Promise<void> {
    const row = await backend.tasks.read(id)
    if (!row) return
    // One of a newer version is left to its workers (H102), and one that lives on after all as well: what they need is a hint.
    if (row.schemaVersion > SCHEMA_VERSION || !hasExpired(row, now)) return announce(row, now)
    const committed = await backend.tasks.commit(expire(row, now))
    if (!committed.ok) return
    tally.expired++
    emit({ type: 'task.expired', row: committed.row, by: 'expiry' })
  }

  async function announce(row: TaskRow, now: Instant): Promise<void> {
    if ((await isOverdue(row, now)) && !isHeld(row, await gate())) await sendHint(row)
  }

  /** The attempt is given back: that its worker has lost the lease is nobody's failure. */
  async function endLease({ id }: TaskRow, now: Instant): Promise<void> {
    const row = await backend.tasks.read(id)
    if (row?.leaseToken === undefined || row.schemaVersion > SCHEMA_VERSION) return
    const lease = { task: id, token: row.leaseToken, endsAt: now }
    const committed = await backend.tasks.commit(release(lease, row, now, 'restored from a backup'))
    if (committed.ok) tally.released++
  }

  /** A hint that another pause holds back waits in its queue; one that the pause of a name swallows is gone. */
  function isHeld(row: TaskRow, paused: Gate): boolean {
    return resumed.has(row.name) ? paused.names.has(row.name) : isPaused(row, paused)
  }

  async function repairsOf(rows: readonly TaskRow[]): Promise<(() => Promise<void>)[]> {
    const now = clock.now()
    const repairs: (() => Promise<void>)[] = []
    const overdue: TaskRow[] = []
    for (const row of rows) {
      if (name !== undefined && row.name !== name) continue
      if (hasExpired(row, now)) repairs.push(() => end(row, now))
      else if (restored && row.state === 'RUNNING') repairs.push(() => endLease(row, now))
      else if (await isOverdue(row, now)) overdue.push(row)
    }
    if (overdue.length === 0) return repairs
    const paused = await gate()
    for (const row of overdue) if (!isHeld(row, paused)) repairs.push(() => sendHint(row))
    return repairs
  }

  return async ({ rows, unreadable, suspects }) => {
    tally.scanned += rows.length
    tally.unreadable += unreadable
    const repairs = await repairsOf(rows)
    let failure: unknown
    let failed = 0
    for (let start = 0; start < repairs.length; start += AT_A_TIME) {
      const some = repairs.slice(start, start + AT_A_TIME).map(repair => repair())
      for (const outcome of await Promise.allSettled(some)) {
        if (outcome.status === 'fulfilled') continue
        failure = outcome.reason
        failed++
      }
    }
    // One bad row must not hold up the others; but when nothing works, a later pass has to begin here again.
    if (failed > 0 && failed === repairs.length) throw failure
    if (failed > 0) emit({ type: 'store.failed', error: failure })
    tally.failed += failed
    if (suspects.length > 0) tally.removed += await scan.removeOrphans(suspects)
  }
}

function hasExpired({ state, expiresAt }: TaskRow, now: Instant): boolean {
  return isWaiting(state) && expiresAt !== undefined && expiresAt + MARGIN_MS <= now
}

function isPaused({ name, priority }: TaskRow, { all, priorities, names }: Gate): boolean {
  return all || priorities.includes(priority) || names.has(name)
}
