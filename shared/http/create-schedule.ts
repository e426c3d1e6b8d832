import { invalidField } from '../core/errors.ts'
import { present } from '../core/present.ts'
import type { ScheduledTask } from '../core/schedule-definition.ts'
import type { ScheduleRequest } from '../schedules/schedule.ts'
import type { Verb } from './call.ts'
import { schedulePath, scheduleResult } from './present-schedule.ts'
import type { Routes } from './routes.ts'
import type { CreateScheduleBody, EditScheduleBody, ScheduledTaskBody } from './schedule-schemas.ts'

export const createSchedule: Verb<Routes['createSchedule']> = async ({ actor, body, headers, event }, on) => {
  const request = scheduleRequest(body, on.maxTimeoutMs)
  const { schedule, replayed } = await on.schedules.create(actor, request, headers['idempotency-key'])
  return scheduleResult(201, schedule, on.clock.now(), {
    location: schedulePath(event, schedule.id),
    ...(replayed && { 'idempotency-replayed': 'true' }),
  })
}

function scheduleRequest(body: CreateScheduleBody, maxTimeoutMs: number | undefined): ScheduleRequest {
  const { name, task, startAt, endAt, jitter, overlap, catchUp, description, tags, paused } = body
  return {
    name,
    task: scheduledTask(task, maxTimeoutMs),
    ...ruleRequest(body),
    ...present({ startAt, endAt, jitterMs: jitter, overlap, catchUp, description, tags, paused }),
  }
}

type RuleBody = Pick<EditScheduleBody, 'at' | 'after' | 'every' | 'cron' | 'timeZone'>

/** What a body says about time. */
export function ruleRequest({ at, after, every, cron, timeZone }: RuleBody) {
  return present({ at, afterMs: after, everyMs: every, cron, timeZone })
}

/** Field by field: what is absent stays absent. */
export function scheduledTask(body: ScheduledTaskBody, maxTimeoutMs = Number.POSITIVE_INFINITY): ScheduledTask {
  const { name, payload, priority, maxAttempts, backoff, timeout, expiresIn, title, description, tags } = body
  if (timeout !== undefined && timeout > maxTimeoutMs)
    throw invalidField('/task/timeout', `must be at most ${maxTimeoutMs / 60_000}m here`)
  const lengths = { timeoutMs: timeout, expiresInMs: expiresIn }
  return { name, ...present({ payload, priority, maxAttempts, backoff, ...lengths, title, description, tags }) }
}
