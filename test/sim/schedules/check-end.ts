import { checkOccurrences } from './check-occurrences.ts'
import type { Seen } from './checker.ts'
import { happensOnce, type Life } from './lives.ts'
import type { Wrong } from './promises.ts'
import type { createTimers } from './timers.ts'

/** Carrying out a decision takes no longer when nothing goes wrong. */
const WORK_MS = 30_000

/** What is left of a schedule when nothing has gone wrong for a while. */
export function checkEnd(seen: Seen, life: Life, timers: ReturnType<typeof createTimers>): Wrong | undefined {
  const { id, schedule, segment } = life
  const timer = timers.there(id)
  // A request that was on its way may have brought back an older rule. The first fire of it that finds nothing to do has it set right.
  if (timer && timer.idle > 0 && timer.generation !== schedule?.generation)
    return ['H73', `the timer of generation ${timer.generation} fires on for nothing`]
  if (!schedule || !segment) return undefined
  // Somebody may be at it at this moment.
  const decidedAt = schedule.deciding?.[0]?.firedAt ?? seen.world.now
  if (decidedAt < seen.world.now - WORK_MS) return ['P12', 'what is decided is not carried out']
  if (schedule.armed !== schedule.generation)
    return ['H73', `the timer knows ${schedule.armed} of ${schedule.generation} generations`]
  if (schedule.nextAt !== undefined && !timers.wasTold(id, schedule.generation) && !happensOnce(schedule))
    return ['H73', `no timer has heard of generation ${schedule.generation}`]
  return checkOccurrences(seen, life, segment)
}
