import type { Schedule } from './schedule.ts'
import type { Schedules } from './schedules.ts'

/** The use cases, with `then` after each change that may make something due earlier than whatever waits for it. */
export function whenChanged(schedules: Schedules, then: (schedule: Schedule) => Promise<void> | void): Schedules {
  return {
    ...schedules,
    async create(...given) {
      const created = await schedules.create(...given)
      await then(created.schedule)
      return created
    },
    async edit(...given) {
      const edited = await schedules.edit(...given)
      await then(edited)
      return edited
    },
    async resume(...given) {
      const resumed = await schedules.resume(...given)
      await then(resumed)
      return resumed
    },
  }
}
