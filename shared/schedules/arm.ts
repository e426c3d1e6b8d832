import type { SchedulesEnvironment } from './environment.ts'
import { settled } from './next.ts'
import { type KnownSchedule, readSchedule, scheduleWrites } from './records.ts'
import type { Schedule } from './schedule.ts'

/** Whether the timers are known to follow the schedule as it is. */
export function isArmed({ timers }: SchedulesEnvironment, { armed, generation }: Schedule): boolean {
  return timers === undefined || armed === generation
}

/**
 * Has the timers follow a schedule, then notes that they do. The record is written before the timer and says which generation the
 * timer knows, so that a crash between the two is made good by the next look (H73).
 * @throws StoreUnavailable
 */
export async function arm(on: SchedulesEnvironment, known: KnownSchedule): Promise<void> {
  let current = known
  for (let tries = 0; tries < TRIES; tries++) {
    const { schedule } = current
    if (schedule.nextAt === undefined) await on.timers?.remove(schedule.id)
    else await on.timers?.put(schedule)
    const after = settled(on, { ...schedule, armed: schedule.generation })
    if (await on.backend.records.write(scheduleWrites(current, after))) return
    const latest = await readSchedule(on.backend.records, schedule.id)
    if (!latest) return on.timers?.remove(schedule.id)
    // What the timers know is right, and the next look notes it.
    if (latest.schedule.generation === schedule.generation) return
    // Somebody has changed it meanwhile, and what we have told the timers may have come after what they have (H73).
    current = latest
  }
}

/** What is left undone is found by the next look, or when the timer fires. */
const TRIES = 8
