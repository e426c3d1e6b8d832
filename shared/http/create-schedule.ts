import { invalidField } from '../core/errors.ts'
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
    ...(startAt !== undefined && { startAt }),
    ...(endAt !== undefined && { endAt }),
    ...(jitter !== undefined && { jitterMs: jitter }),
    ...(overlap !== undefined && { overlap }),
    ...(catchUp !== undefined && { catchUp }),
    ...(description !== undefined && { description }),
    ...(tags !== undefined && { tags }),
    ...(paused !== undefined && { paused }),
  }
}

type RuleBody = Pick<EditScheduleBody, 'at' | 'after' | 'every' | 'cron' | 'timeZone'>

/** What a body says about time. */
export function ruleRequest({ at, after, every, cron, timeZone }: RuleBody) {
  return {
    ...(at !== undefined && { at }),
    ...(after !== undefined && { afterMs: after }),
    ...(every !== undefined && { everyMs: every }),
    ...(cron !== undefined && { cron }),
    ...(timeZone !== undefined && { timeZone }),
  }
}

/** Field by field: what is absent stays absent. */
export function scheduledTask(body: ScheduledTaskBody, maxTimeoutMs = Number.POSITIVE_INFINITY): ScheduledTask {
  const { payload, priority, maxAttempts, backoff, timeout, expiresIn, title, description, tags } = body
  if (timeout !== undefined && timeout > maxTimeoutMs)
    throw invalidField('/task/timeout', `must be at most ${maxTimeoutMs / 60_000}m here`)
  return {
    name: body.name,
    ...(payload !== undefined && { payload }),
    ...(priority !== undefined && { priority }),
    ...(maxAttempts !== undefined && { maxAttempts }),
    ...(backoff !== undefined && { backoff }),
    ...(timeout !== undefined && { timeoutMs: timeout }),
    ...(expiresIn !== undefined && { expiresInMs: expiresIn }),
    ...(title !== undefined && { title }),
    ...(description !== undefined && { description }),
    ...(tags !== undefined && { tags }),
  }
}
