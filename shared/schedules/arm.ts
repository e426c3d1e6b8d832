import type { SchedulesEnvironment } from './environment.ts'
import { settled } from './next.ts'
import { type KnownSchedule, scheduleWrites } from './records.ts'
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
  const { schedule } = known
  if (schedule.nextAt === undefined) await on.timers?.remove(schedule.id)
  else await on.timers?.put(schedule)
  const after = settled(on, { ...schedule, armed: schedule.generation })
  await on.backend.records.write(scheduleWrites(known, after))
}
