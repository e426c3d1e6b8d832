import { describeRule } from '../calendar/describe.ts'
import type { Rule } from '../calendar/rule.ts'
import type { ScheduledTask } from '../core/schedule-definition.ts'
import type { Instant } from '../core/task.ts'
import { upcoming } from '../schedules/read-fires.ts'
import type { Fire, Schedule } from '../schedules/schedule.ts'
import { json } from './call.ts'
import { calledPath, type HttpEvent, type HttpResult } from './event.ts'
import { optionalTime, time } from './present-task.ts'

/** Occurrences that an answer tells ahead. */
const NEXT = 5

/** What a list shows of a schedule. Every field is named here, so that a new one is not published by accident (SEC-19). */
export function presentScheduleSummary(schedule: Schedule, now: Instant) {
  const { paused, last } = schedule
  return {
    id: schedule.id,
    name: schedule.name,
    state: paused ? 'PAUSED' : schedule.nextAt === undefined ? 'FINISHED' : 'ACTIVE',
    task: presentTask(schedule.task),
    ...presentRule(schedule.rule),
    text: describeRule(schedule.rule),
    nextAt: optionalTime(schedule.nextAt),
    next: upcoming(schedule, now, NEXT).map(time),
    last: last && { scheduledFor: time(last.scheduledFor), firedAt: time(last.firedAt), taskId: last.taskId },
    paused: paused !== undefined,
    pausedAt: optionalTime(paused?.at),
    pausedBy: paused?.by,
    pauseReason: paused?.reason,
    overlap: schedule.overlap,
    catchUp: schedule.catchUp,
    jitter: optionalLength(schedule.jitterMs),
    startAt: optionalTime(schedule.startAt),
    endAt: optionalTime(schedule.endAt),
    description: schedule.description,
    tags: schedule.tags,
    declared: schedule.declared === true,
    generation: schedule.generation,
    createdAt: time(schedule.createdAt),
    updatedAt: time(schedule.updatedAt),
  }
}

/** A whole schedule as an answer. */
export function scheduleResult(
  statusCode: number,
  schedule: Schedule,
  now: Instant,
  headers?: Record<string, string>,
): HttpResult {
  const summary = presentScheduleSummary(schedule, now)
  const whole = {
    ...summary,
    task: { ...summary.task, payload: schedule.task.payload },
  }
  return json(statusCode, JSON.stringify(whole), { etag: `"${schedule.generation}"`, ...headers })
}

export function schedulePath(event: HttpEvent, id: string): string {
  return calledPath(event, `/api/v1/schedules/${id}`)
}

export function presentFire({ scheduledFor, firedAt, outcome, taskId, count, detail }: Fire) {
  return { scheduledFor: time(scheduledFor), firedAt: time(firedAt), outcome, taskId, count, detail }
}

function presentTask(task: ScheduledTask) {
  return {
    name: task.name,
    priority: task.priority,
    maxAttempts: task.maxAttempts,
    backoff: task.backoff,
    timeout: optionalLength(task.timeoutMs),
    expiresIn: optionalLength(task.expiresInMs),
    title: task.title,
    description: task.description,
    tags: task.tags,
  }
}

function presentRule(rule: Rule) {
  switch (rule.kind) {
    case 'at':
      return { kind: rule.kind, at: time(rule.at) }
    case 'after':
      return { kind: rule.kind, after: optionalLength(rule.afterMs) }
    case 'every':
      return { kind: rule.kind, every: optionalLength(rule.everyMs) }
    case 'cron':
      return { kind: rule.kind, cron: rule.expression, timeZone: rule.timeZone }
  }
}

function optionalLength(ms: number | undefined): string | undefined {
  return ms === undefined ? undefined : `PT${ms / 1_000}S`
}
