import { backfillSchedule } from './backfill-schedule.ts'
import type { SchedulePorts, Verb } from './call.ts'
import { createHandler } from './create-handler.ts'
import { createSchedule } from './create-schedule.ts'
import { editSchedule } from './edit-schedule.ts'
import type { HttpHandler } from './event.ts'
import { listOccurrences } from './list-occurrences.ts'
import { getSchedule, listSchedules } from './list-schedules.ts'
import { deleteSchedule, pauseSchedule, resumeSchedule } from './pause-schedule.ts'
import { scheduleRoutes } from './schedule-routes.ts'
import { triggerSchedule } from './trigger-schedule.ts'

const verbs: { readonly [Id in keyof typeof scheduleRoutes]: Verb<(typeof scheduleRoutes)[Id]> } = {
  createSchedule,
  listSchedules,
  getSchedule,
  editSchedule,
  deleteSchedule,
  pauseSchedule,
  resumeSchedule,
  triggerSchedule,
  listOccurrences,
  backfillSchedule,
}

/** Serves `/api/v1/schedules…`. */
export function createSchedulesHandler(on: SchedulePorts): HttpHandler {
  return createHandler(scheduleRoutes, verbs, on)
}
