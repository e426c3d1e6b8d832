import { invalidField } from '../core/errors.ts'
import { present } from '../core/present.ts'
import type { ScheduledTask } from '../core/schedule-definition.ts'
import type { ScheduleRequest } from '../schedules/schedule.ts'
import type { CreateScheduleBody, EditScheduleBody, ScheduledTaskBody } from './schedule-schemas.ts'

/** What a body asks for. @throws PulseError for a time of one attempt that is too long here */
export function scheduleRequest(body: CreateScheduleBody, maxTimeoutMs: number | undefined): ScheduleRequest {
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
