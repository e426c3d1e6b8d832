import { gateOf } from '../core/dispatch.ts'
import type { Instant } from '../core/task.ts'
import type { Emit } from '../engine/events.ts'
import { sleep } from '../engine/sleep.ts'
import type { Backend } from '../ports/backend.ts'
import type { Clock } from '../ports/clock.ts'
import type { Places, QueueAges, Recount, Recounts, Scan } from '../ports/scan.ts'
import { createCachedGate } from './cached-gate.ts'
import { emptyTally, type ReconcileReport, reportOf, type Tally } from './reconcile-report.ts'
import { createRepair } from './repair-page.ts'
import { walk } from './walk.ts'

export interface ReconcileOptions {
  readonly backend: Pick<Backend, 'tasks' | 'hints' | 'dispatch'>
  readonly scan: Scan
  readonly places: Places
  readonly ages: QueueAges
  readonly recounts: Recounts
  /** Has the event sources follow the dispatch switch as it is now. */
  readonly converge: () => Promise<unknown>
  readonly clock: Clock
  readonly emit: Emit
}

export interface ReconcileRequest {
  /** Only rows of this name: its pause has ended, and hints were acknowledged meanwhile. */
  readonly name?: string
  /** A pause has ended by itself. */
  readonly resume?: boolean
  /** Waits until then: until no worker takes the pause for active any more. */
  readonly notBefore?: Instant
  /** The tables were restored from a backup: ends every lease in them. Only while everything is paused. */
  readonly restored?: boolean
  /** When the pass began that is to be gone on with; a new one when absent. */
  readonly since?: Instant
}

export type Reconcile = (request: ReconcileRequest, remainingMs: () => number) => Promise<ReconcileReport>

/** No page is begun with less time than this. */
const STOP_MS = 30_000
const LONGEST_WAIT_MS = 30_000
/** Counters are right after so long without a change (P15). When they are not, they never will be. */
const QUIET_MS = 60_000
/**
 * Counters are read as they are, and rows, for half the price, perhaps as they were: a second ago as a rule. A row that is read as it was
 * before a change that is counted already would be taken for a mistake of the counters, so these must have stood still for this long.
 */
const STILL_MS = 10_000
/** A pause with an end has its reconcile within this time after it. */
const JUST_ENDED_MS = 3_600_000

/**
 * Finds what nobody would look at any more: rows that are overdue though no hint of them is left. Repeating it, running it twice at
 * once and stopping it anywhere do no harm: it only sends hints, which the rows judge (H16, H19).
 */
export function createReconcile(options: ReconcileOptions): Reconcile {
  const { backend, scan, places, recounts, clock, emit } = options

  async function names({ name, resume }: ReconcileRequest): Promise<ReadonlySet<string>> {
    const resumed = new Set(name === undefined ? [] : [name])
    const now = clock.now()
    for (const { selector, until } of resume ? await backend.dispatch.read() : []) {
      if (selector.kind !== 'name' || until === undefined) continue
      if (until <= now && until > now - JUST_ENDED_MS) resumed.add(selector.name)
    }
    return resumed
  }

  /** @returns none when what it finds could not be trusted, or not be put to use in time */
  async function beginRecount(remainingMs: () => number): Promise<Recount | undefined> {
    if (remainingMs() < STILL_MS + QUIET_MS + STOP_MS) return undefined
    const recount = await recounts.begin()
    await sleep(clock, STILL_MS)
    return (await recount.hasMoved()) ? undefined : recount
  }

  async function settle(recount: Recount, tally: Tally, remainingMs: () => number): Promise<void> {
    if (recount.differences() === 0 || remainingMs() < QUIET_MS + STOP_MS) return
    await sleep(clock, QUIET_MS)
    tally.corrected += await recount.correct()
  }

  /**
   * As far as time allows. A pass has places of its own: what another one has seen says nothing about rows that became overdue since.
   * @returns whether everything has been looked at
   */
  async function pass(
    request: ReconcileRequest,
    since: Instant,
    tally: Tally,
    remainingMs: () => number,
  ): Promise<boolean> {
    const name = `${request.name === undefined ? 'all' : `name:${request.name}`}@${since}`
    const repair = createRepair(
      {
        ...options,
        gate: createCachedGate(backend.dispatch, clock),
        resumed: await names(request),
        ...(request.name !== undefined && { name: request.name }),
        ...(request.restored && { restored: true }),
      },
      tally,
    )
    const from = await places.read(name)
    const recount = request.name === undefined && from.length === 0 ? await beginRecount(remainingMs) : undefined
    const done = await walk({
      scan,
      places,
      clock,
      pass: name,
      from,
      hasTime: () => remainingMs() > STOP_MS,
      async work(page) {
        for (const row of recount ? page.rows : []) recount?.add(row)
        await repair(page)
      },
    })
    if (done && recount) await settle(recount, tally, remainingMs)
    return done
  }

  return async (request, remainingMs) => {
    const ahead = (request.notBefore ?? 0) - clock.now()
    if (ahead > 0) await sleep(clock, Math.min(ahead, LONGEST_WAIT_MS))
    try {
      await options.converge()
    } catch (error) {
      // What it would have switched is paused by the rows all the same.
      emit({ type: 'store.failed', error })
    }
    if (request.restored && !gateOf(await backend.dispatch.read(), clock.now()).all)
      throw new Error('pause everything first: a task that really runs would run twice')
    const tally = emptyTally()
    const since = request.since ?? clock.now()
    return reportOf(tally, since, await pass(request, since, tally, remainingMs))
  }
}
