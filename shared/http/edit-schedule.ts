import { PulseError } from '../core/errors.ts'
import type { ScheduleEdit } from '../schedules/schedule.ts'
import type { Verb } from './call.ts'
import { ruleRequest, scheduledTask } from './create-schedule.ts'
import { expectedVersion } from './if-match.ts'
import { scheduleResult } from './present-schedule.ts'
import type { Routes } from './routes.ts'
import type { EditScheduleBody } from './schedule-schemas.ts'

export const editSchedule: Verb<Routes['editSchedule']> = async ({ actor, id, headers, body, note }, on) => {
  const current = async () => (await on.schedules.get(actor, id)).generation
  const generation = await expectedVersion(headers['if-match'], current, stale)
  const schedule = await on.schedules.edit(actor, id, scheduleEdit(body, on.maxTimeoutMs), generation)
  // Which fields, and not what is in them (SEC-45).
  note({ owner: schedule.owner, after: { fields: Object.keys(body) } })
  return scheduleResult(200, schedule, on.clock.now())
}

function scheduleEdit(body: EditScheduleBody, maxTimeoutMs: number | undefined): ScheduleEdit {
  const { name, task, startAt, endAt, jitter, overlap, catchUp, description, tags } = body
  return {
    ...(name !== undefined && { name }),
    ...(task !== undefined && { task: scheduledTask(task, maxTimeoutMs) }),
    ...ruleRequest(body),
    ...(startAt !== undefined && { startAt }),
    ...(endAt !== undefined && { endAt }),
    ...(jitter !== undefined && { jitterMs: jitter }),
    ...(overlap !== undefined && { overlap }),
    ...(catchUp !== undefined && { catchUp }),
    ...(description !== undefined && { description }),
    ...(tags !== undefined && { tags }),
  }
}

function stale(generation: number): PulseError {
  return new PulseError('precondition_failed', 'the schedule has changed since you read it: read it again, then edit', {
    extra: { generation },
  })
}
