import type { ScheduleTimers } from '../ports/schedule-timers.ts'
import type { SchedulesEnvironment } from './environment.ts'
import { settled } from './next.ts'
import { type KnownSchedule, readSchedule, scheduleWrites } from './records.ts'
import type { Schedule } from './schedule.ts'

/**
 * Has the timers follow a schedule, then notes that they do. The record is written before the timer and says which generation the
 * timer knows, so that a crash between the two is made good by the next look (H73).
 * @throws StoreUnavailable
 */
export async function arm(on: SchedulesEnvironment, known: KnownSchedule): Promise<void> {
  let current = known
  for (let tries = 0; tries < TRIES; tries++) {
    const { schedule } = current
    if (on.timers) await follow(on.timers, schedule.id, schedule)
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

/** Has the timer of a schedule follow it, whatever it has followed so far. One without a schedule goes. */
export async function follow(timers: ScheduleTimers, id: string, schedule: Schedule | undefined): Promise<void> {
  if (schedule?.nextAt === undefined) await timers.remove(id)
  else await timers.put(schedule)
}

/** What is left undone is found by the next look, or when the timer fires. */
const TRIES = 8
