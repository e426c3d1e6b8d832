import type { Instant } from '../core/task.ts'
import type { SchedulesEnvironment } from './environment.ts'
import { nextOf } from './next.ts'
import { firedPartition, firesOf } from './records.ts'
import type { FirePage } from './requests.ts'
import type { Schedule } from './schedule.ts'

/** Sorts behind every id. */
const BEHIND = '~'
/** Clocks differ by less. */
const SKEW_MS = 60_000

/** What became of occurrences, the latest first. A record holds those that were decided together, so a place is a record and a number. */
export async function readFires(
  on: SchedulesEnvironment,
  { id, createdAt }: Schedule,
  { limit, after }: { readonly limit: number; readonly after?: string },
): Promise<FirePage> {
  const [from, taken] = placeOf(after)
  const page = await on.backend.records.list({
    partition: firedPartition(id),
    // The first record may be one whose lines were all shown before.
    limit: limit + 1,
    backwards: true,
    ...(from !== undefined && { after: from + BEHIND }),
  })
  const now = on.clock.now()
  const lines = page.records
    .filter(({ expiresAt }) => expiresAt === undefined || expiresAt > now)
    .flatMap(record =>
      firesOf(record)
        .toReversed()
        .map((fire, index) => ({
          fire,
          place: `${record.key.sort}/${index + 1}`,
          sort: record.key.sort,
          number: index,
        }))
        .filter(({ sort, number }) => sort !== from || number >= taken)
        // Of one that had this id before and was removed.
        .filter(({ fire }) => fire.firedAt >= createdAt - SKEW_MS),
    )
  const shown = lines.slice(0, limit)
  const hasMore = lines.length > limit || page.next !== undefined
  const next = hasMore ? (shown.at(-1)?.place ?? (page.next && `${page.next}/${limit}`)) : undefined
  return { fires: shown.map(({ fire }) => fire), ...(next !== undefined && { next }) }
}

function placeOf(after: string | undefined): readonly [sort: string | undefined, taken: number] {
  if (after === undefined) return [undefined, 0]
  const [sort, taken] = after.split('/')
  return [sort, Number(taken)]
}

/** The next occurrences by the rule alone: a pause holds them back, an overlap may leave them out. */
export function upcoming(schedule: Schedule, after: Instant, limit: number): readonly Instant[] {
  const times: Instant[] = []
  let at = nextOf(schedule, after)
  while (at !== undefined && times.length < limit) {
    times.push(at)
    at = nextOf(schedule, at)
  }
  return times
}
