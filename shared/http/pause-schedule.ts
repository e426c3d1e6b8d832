import type { Verb } from './call.ts'
import { scheduleResult } from './present-schedule.ts'
import type { Routes } from './routes.ts'

export const pauseSchedule: Verb<Routes['pauseSchedule']> = async ({ actor, id, body, note }, on) => {
  const { reason } = body
  const schedule = await on.schedules.pause(actor, id, reason)
  note({ owner: schedule.owner, after: { paused: true }, ...(reason !== undefined && { reason }) })
  return scheduleResult(200, schedule, on.clock.now())
}

export const resumeSchedule: Verb<Routes['resumeSchedule']> = async ({ actor, id, note }, on) => {
  const schedule = await on.schedules.resume(actor, id)
  note({ owner: schedule.owner, after: { paused: false } })
  return scheduleResult(200, schedule, on.clock.now())
}

export const deleteSchedule: Verb<Routes['deleteSchedule']> = async ({ actor, id, note }, on) => {
  const schedule = await on.schedules.remove(actor, id)
  note({ owner: schedule.owner, before: { name: schedule.name, task: schedule.task.name } })
  return scheduleResult(200, schedule, on.clock.now())
}
