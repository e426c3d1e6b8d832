import type { Verb } from './call.ts'
import { schedulePath, scheduleResult } from './present-schedule.ts'
import type { Routes } from './routes.ts'
import { scheduleRequest } from './schedule-request.ts'

export const createSchedule: Verb<Routes['createSchedule']> = async ({ actor, body, headers, event }, on) => {
  const request = scheduleRequest(body, on.maxTimeoutMs)
  const { schedule, replayed } = await on.schedules.create(actor, request, headers['idempotency-key'])
  return scheduleResult(201, schedule, on.clock.now(), {
    location: schedulePath(event, schedule.id),
    ...(replayed && { 'idempotency-replayed': 'true' }),
  })
}
