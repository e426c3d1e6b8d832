import { backfill } from './backfill.ts'
import { editSchedule, pauseSchedule, removeSchedule, resumeSchedule } from './change.ts'
import { createSchedule } from './create.ts'
import { declareSchedules } from './declare.ts'
import type { SchedulesEnvironment } from './environment.ts'
import { fireSchedule } from './fire.ts'
import { fireDue } from './fire-due.ts'
import { removeOwned } from './owned.ts'
import { listSchedules, readOwned } from './read.ts'
import { readFires, upcoming } from './read-fires.ts'
import { rewindSchedules } from './rewind.ts'
import type { Schedules } from './schedules.ts'
import { triggerSchedule } from './trigger.ts'

export function createSchedules(on: SchedulesEnvironment): Schedules {
  return {
    create: (actor, request, key) => createSchedule(on, actor, request, key),
    get: async (actor, id) => (await readOwned(on, actor, id)).schedule,
    list: (actor, query) => listSchedules(on, actor, query),
    edit: (actor, id, changes, generation) => editSchedule(on, actor, id, changes, generation),
    pause: (actor, id, reason, generation) => pauseSchedule(on, actor, id, reason, generation),
    resume: (actor, id, generation) => resumeSchedule(on, actor, id, generation),
    remove: (actor, id, generation) => removeSchedule(on, actor, id, generation),
    trigger: (actor, id, key, generation) => triggerSchedule(on, actor, id, key, generation),
    async fires(actor, id, query) {
      const { schedule } = await readOwned(on, actor, id)
      return readFires(on, schedule, query)
    },
    async upcoming(actor, id, { limit, after }) {
      const { schedule } = await readOwned(on, actor, id)
      return upcoming(schedule, after ?? on.clock.now(), limit)
    },
    backfill: (actor, id, request, found) => backfill(on, actor, id, request, found),
    removeOwner: (owner, hasTime) => removeOwned(on, owner, hasTime),
    fire: (id, firedFor) => fireSchedule(on, id, firedFor),
    fireDue: hasTime => fireDue(on, hasTime),
    rewind: hasTime => rewindSchedules(on, hasTime),
    declare: declared => declareSchedules(on, declared),
  }
}
