import type { Verb } from './call.ts'
import { listScope, pageResult, placeOf } from './list-tasks.ts'
import { presentScheduleSummary, scheduleResult } from './present-schedule.ts'
import type { Routes } from './routes.ts'

export const listSchedules: Verb<Routes['listSchedules']> = async (call, on) => {
  const scope = listScope('schedules', call.actor, {})
  const { schedules, next } = await on.schedules.list(call.actor, placeOf(call.query, scope, on))
  const now = on.clock.now()
  const items = schedules.map(schedule => presentScheduleSummary(schedule, now))
  return pageResult(call, items, next, scope, on)
}

export const getSchedule: Verb<Routes['getSchedule']> = async ({ actor, id }, on) =>
  scheduleResult(200, await on.schedules.get(actor, id), on.clock.now())
