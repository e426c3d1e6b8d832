import { present } from '../core/present.ts'
import type { ScheduleEdit } from '../schedules/schedule.ts'
import type { Verb } from './call.ts'
import { expectedGeneration } from './if-match.ts'
import { scheduleResult } from './present-schedule.ts'
import type { Routes } from './routes.ts'
import { ruleRequest, scheduledTask } from './schedule-request.ts'
import type { EditScheduleBody } from './schedule-schemas.ts'

export const editSchedule: Verb<Routes['editSchedule']> = async (call, on) => {
  const { actor, id, body, note } = call
  const generation = await expectedGeneration(call, on)
  const schedule = await on.schedules.edit(actor, id, scheduleEdit(body, on.maxTimeoutMs), generation)
  // Which fields, and not what is in them (SEC-45).
  note({ owner: schedule.owner, after: { fields: Object.keys(body) } })
  return scheduleResult(200, schedule, on.clock.now())
}

function scheduleEdit(body: EditScheduleBody, maxTimeoutMs: number | undefined): ScheduleEdit {
  const { name, task, startAt, endAt, jitter, overlap, catchUp, description, tags } = body
  return {
    ...present({ name, startAt, endAt, jitterMs: jitter, overlap, catchUp, description, tags }),
    ...(task && { task: scheduledTask(task, maxTimeoutMs) }),
    ...ruleRequest(body),
  }
}
