import type { SchedulesEnvironment } from './environment.ts'
import { settled } from './next.ts'
import { allSchedules, type KnownSchedule, readSchedule, scheduleWrites } from './records.ts'

/** More than clocks differ by. */
const REWOUND_MS = 60_000

/**
 * Takes back decisions about times that are ahead again, because the clock was ahead (H78), also of paused schedules: they go on from
 * there. The tasks of those that had fired are found under their ids.
 * @returns how many schedules were changed
 */
export async function rewindSchedules(on: SchedulesEnvironment, hasTime: () => boolean): Promise<number> {
  let rewound = 0
  let isFirst = true
  for await (const page of allSchedules(on.backend.records, hasTime)) {
    // Of very many: others take their turn, fires among them.
    if (!isFirst) await new Promise<void>(resolve => void on.clock.after(0, resolve))
    isFirst = false
    const done = await Promise.all(page.map(known => rewind(on, known)))
    rewound += done.filter(Boolean).length
  }
  return rewound
}

async function rewind(on: SchedulesEnvironment, found: KnownSchedule): Promise<boolean> {
  // Somebody else may change it at this moment.
  for (let known: KnownSchedule | undefined = found; known; ) {
    const { schedule } = known
    const decidedUntil = on.clock.now()
    if (schedule.decidedUntil <= decidedUntil + on.lookaheadMs + REWOUND_MS) return false
    if (await on.backend.records.write(scheduleWrites(known, settled(on, { ...schedule, decidedUntil })))) return true
    known = await readSchedule(on.backend.records, schedule.id)
  }
  return false
}
