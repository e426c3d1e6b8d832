import type { Verb } from './call.ts'
import { expectedGeneration } from './if-match.ts'
import { scheduleResult } from './present-schedule.ts'
import type { Routes } from './routes.ts'

export const pauseSchedule: Verb<Routes['pauseSchedule']> = async (call, on) => {
  const { actor, id, note } = call
  const { reason } = call.body
  const schedule = await on.schedules.pause(actor, id, reason, await expectedGeneration(call, on))
  note({ owner: schedule.owner, after: { paused: true }, ...(reason !== undefined && { reason }) })
  return scheduleResult(200, schedule, on.clock.now())
}

export const resumeSchedule: Verb<Routes['resumeSchedule']> = async (call, on) => {
  const { actor, id, note } = call
  const schedule = await on.schedules.resume(actor, id, await expectedGeneration(call, on))
  note({ owner: schedule.owner, after: { paused: false } })
  return scheduleResult(200, schedule, on.clock.now())
}

export const deleteSchedule: Verb<Routes['deleteSchedule']> = async (call, on) => {
  const { actor, id, note } = call
  const schedule = await on.schedules.remove(actor, id, await expectedGeneration(call, on))
  note({ owner: schedule.owner, before: { name: schedule.name, task: schedule.task.name } })
  return scheduleResult(200, schedule, on.clock.now())
}
