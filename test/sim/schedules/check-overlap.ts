import type { Fire } from '../../../shared/schedules/schedule.ts'
import { CLOCKS_MS } from './check-row.ts'
import type { Seen } from './checker.ts'
import type { Wrong } from './promises.ts'

/**
 * An occurrence may be left out at its time, not sooner, and when the task before had really not ended.
 * @param lines that were decided together
 */
export function checkOverlap(
  seen: Seen,
  lastTask: string | undefined,
  lines: readonly Fire[],
  { scheduledFor, firedAt }: Fire,
): Wrong | undefined {
  const time = new Date(scheduledFor).toISOString()
  if (lastTask === undefined) return ['H76', `${time} is left out, and there was no task before`]
  if (scheduledFor > firedAt + CLOCKS_MS)
    return ['H76', `${time} is left out ${scheduledFor - firedAt} ms before its time`]
  // Of several that are due at once the first one's task runs, unless a backfill has made it, long ago.
  if (lines.some(({ taskId }) => taskId === lastTask)) return undefined
  const endedAt = seen.ended.get(lastTask)
  if (endedAt !== undefined && endedAt < firedAt - CLOCKS_MS)
    return ['H76', `${time} is left out ${firedAt - endedAt} ms after the end of ${lastTask}`]
  return undefined
}
