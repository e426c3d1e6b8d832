import type { Instant } from '../core/task.ts'
import type { Clock } from '../ports/clock.ts'
import { StoreUnavailable } from '../ports/store-unavailable.ts'
import type { Counters, PauseChange, TableChange } from '../ports/table-changes.ts'
import type { ReconcileRequest } from './reconcile.ts'

export interface ChangesOptions<StreamRecord> {
  /** @throws when nobody can read the record, however often it comes */
  readonly decode: (record: StreamRecord) => TableChange
  readonly counters: Counters
  /** Has the event sources follow the dispatch switch as it is now. @returns whether all do */
  readonly converge: () => Promise<boolean>
  /** Has a reconcile run soon, apart from this. */
  readonly reconcile: (request: ReconcileRequest) => Promise<void>
  readonly report: ChangesReport<StreamRecord>
  readonly clock: Clock
}

/** For logs. */
export interface ChangesReport<StreamRecord> {
  /** It cannot be read and was passed over: what it has changed is not counted until the next recount. */
  unreadable(record: StreamRecord, error: unknown): void
  failed(error: unknown): void
}

/**
 * Works on a portion of one shard of the change stream.
 * @returns the sequence number from which on it must be delivered again; undefined when all is done
 */
export type ChangesHandler<StreamRecord> = (
  shard: string,
  records: readonly StreamRecord[],
) => Promise<string | undefined>

/** Every worker has looked at the switch again after this long: from then on no hint is acknowledged for a pause that has ended. */
const CACHES_MS = 5_000
/** Messages live for four days; a pause that has lasted nearly as long may have outlived some (H68). */
const MESSAGES_MS = 3 * 86_400_000

/** What follows from changes of the table: counters, and what the dispatch switch switches. */
export function createChangesHandler<StreamRecord>(
  options: ChangesOptions<StreamRecord>,
): ChangesHandler<StreamRecord> {
  const { decode, counters, converge, reconcile, report, clock } = options

  /** One that cannot be read must not hold up the others behind it, in this portion and in all later ones (H90). */
  function decoded(records: readonly StreamRecord[]): TableChange[] {
    return records.flatMap(record => {
      try {
        return [decode(record)]
      } catch (error) {
        report.unreadable(record, error)
        return []
      }
    })
  }

  async function follow(pauses: readonly PauseChange[]): Promise<void> {
    if (!(await converge())) throw new StoreUnavailable('not all event sources follow the dispatch switch yet')
    const now = clock.now()
    for (const request of pauses.flatMap(pause => reconcileAfter(pause, now))) await reconcile(request)
  }

  /** @returns the change from which on it must be done again, when it fails */
  async function attempt<Change>(changes: readonly Change[], work: () => Promise<void>): Promise<Change | undefined> {
    if (changes.length === 0) return undefined
    try {
      await work()
      return undefined
    } catch (error) {
      report.failed(error)
      return changes[0]
    }
  }

  return async (shard, records) => {
    const changes = decoded(records)
    const rows = changes.filter(change => change.kind === 'row')
    const pauses = changes.filter(change => change.kind === 'pause')
    const failed: readonly (TableChange | undefined)[] = await Promise.all([
      attempt(rows, () => counters.apply(shard, rows)),
      attempt(pauses, () => follow(pauses)),
    ])
    return changes.find(change => failed.includes(change))?.sequence
  }
}

/** Hints of a paused name were acknowledged, so somebody has to look for its rows once the pause has ended. */
function reconcileAfter({ before, after, byExpiry }: PauseChange, now: Instant): ReconcileRequest[] {
  // What the store removes because its time had come has ended before, by itself.
  if (!before || after || byExpiry) return []
  const notBefore = now + CACHES_MS
  if (before.selector.kind === 'name') return [{ name: before.selector.name, notBefore }]
  return now - before.since >= MESSAGES_MS ? [{ notBefore }] : []
}
