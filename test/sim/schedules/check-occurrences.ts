import type { Instant } from '../../../shared/core/task.ts'
import { occurrenceTaskId } from '../../../shared/core/task-id.ts'
import { CLOCKS_MS, NEAR_MS } from './check-row.ts'
import type { Seen } from './checker.ts'
import { happensOnce, type Life, type Segment } from './lives.ts'
import type { Wrong } from './promises.ts'

const AHEAD_MS = 60_000

/**
 * Every occurrence that lies well between the change that began a segment and the one that ended it has become a task, once; where the
 * schedule's own policies leave some out, a line says so.
 */
export function checkOccurrences(seen: Seen, life: Life, segment: Segment): Wrong | undefined {
  if (segment.schedule.paused) return undefined
  const [from, to] = boundsOf(segment)
  for (const at of segment.occurrences) {
    if (at <= from || at > to || hasTask(seen, life, segment, at)) continue
    if (!segment.isStrict && isTold(segment, at)) continue
    const what = segment.isStrict ? 'has no task' : 'is told of nowhere'
    return ['H71', `${new Date(at).toISOString()} ${what}`]
  }
  return undefined
}

function boundsOf(segment: Segment): readonly [after: Instant, until: Instant] {
  const { schedule, from, to, isFresh, isLookedAtLast, lookedAt, isAhead } = segment
  const isOnce = isFresh && happensOnce(schedule)
  const looked = lookedAt + (isAhead ? AHEAD_MS : 0) - CLOCKS_MS
  const ended = to === undefined ? Number.POSITIVE_INFINITY : to - NEAR_MS
  return [isOnce ? Number.NEGATIVE_INFINITY : from + NEAR_MS, isLookedAtLast ? ended : Math.min(ended, looked)]
}

function hasTask({ rows }: Seen, { id }: Life, { works }: Segment, at: Instant): boolean {
  return [...works].some(since => rows.has(occurrenceTaskId(id, since, at)))
}

function isTold({ decided, missed }: Segment, at: Instant): boolean {
  return decided.has(at) || missed.some(([after, until]) => at > after && at <= until)
}
