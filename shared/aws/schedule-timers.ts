import {
  ConflictException,
  CreateScheduleCommand,
  type CreateScheduleCommandInput,
  DeleteScheduleCommand,
  ResourceNotFoundException,
  type SchedulerClient,
  UpdateScheduleCommand,
} from '@aws-sdk/client-scheduler'
import { isOnce, type Rule } from '../calendar/rule.ts'
import type { Instant } from '../core/task.ts'
import type { Clock } from '../ports/clock.ts'
import type { ScheduleTimers, TimedSchedule } from '../ports/schedule-timers.ts'
import { StoreUnavailable } from '../ports/store-unavailable.ts'
import { CALL_DEADLINE_MS, call } from './clients.ts'
import type { ScheduleTimerPlaces } from './names.ts'
import { scheduleExpression } from './schedule-expression.ts'
import { RETRIES } from './timers.ts'

export interface ScheduleTimerOptions extends ScheduleTimerPlaces {
  readonly scheduler: SchedulerClient
  readonly clock: Clock
}

/** What a timer says. */
export interface FireEvent {
  readonly schedule: string
  readonly generation: number
  /** RFC 3339. */
  readonly scheduledFor: string
}

/** Tasks are made so long before their occurrences, and wait out the rest as the delay of a message: timers are not exact. */
export const LOOKAHEAD_MS = 60_000
/** One that fires once does so within a minute of its time. It is early, but not by the whole lookahead: clocks differ. */
const EARLY_MS = 50_000
/** A time that has passed is refused; a call takes so long at most. */
const AHEAD_MS = 2 * CALL_DEADLINE_MS
/** An occurrence at the very end fires within a minute of it. Fires that come too late find nothing. */
const AFTER_END_MS = 300_000
/** What AWS puts the time into that it fires for. */
const SCHEDULED_TIME = '<aws.scheduler.scheduled-time>'
/** Somebody else has made or removed the same one meanwhile. */
const TRIES = 3

/** Timers of schedules: rules of EventBridge Scheduler, each named after its schedule, whose fires call a function. */
export function createScheduleTimers(options: ScheduleTimerOptions): ScheduleTimers {
  const { scheduler, group, clock } = options
  const name = (id: string) => ({ GroupName: group, Name: id })

  async function create(timer: CreateScheduleCommandInput): Promise<boolean> {
    const command = new CreateScheduleCommand(timer)
    return !(await meets(isThere, () => call(clock, CALL_DEADLINE_MS, on => scheduler.send(command, on), isThere)))
  }

  /** Replaces all of it: what is not said is as if it had never been. */
  async function update(timer: CreateScheduleCommandInput): Promise<boolean> {
    const command = new UpdateScheduleCommand(timer)
    return !(await meets(isGone, () => call(clock, CALL_DEADLINE_MS, on => scheduler.send(command, on), isGone)))
  }

  return {
    async put(schedule) {
      for (let tries = 0; tries < TRIES; tries++) {
        const timer = { ...name(schedule.id), ...timerOf(schedule, options) }
        if ((await create(timer)) || (await update(timer))) return
      }
      throw new StoreUnavailable('others make and remove the timer of the same schedule')
    },
    async remove(id) {
      const command = new DeleteScheduleCommand(name(id))
      await meets(isGone, () => call(clock, CALL_DEADLINE_MS, on => scheduler.send(command, on), isGone))
    },
  }
}

/** @returns whether it was refused for the reason that is looked for */
async function meets(isExpected: (error: unknown) => boolean, send: () => Promise<unknown>): Promise<boolean> {
  try {
    await send()
    return false
  } catch (error) {
    if (isExpected(error)) return true
    throw error
  }
}

function isThere(error: unknown): boolean {
  return error instanceof ConflictException
}

/** Of a group that does not exist as well: then the next call says so. */
function isGone(error: unknown): boolean {
  return error instanceof ResourceNotFoundException
}

function timerOf(schedule: TimedSchedule, { clock, ...places }: ScheduleTimerOptions) {
  const now = clock.now()
  const { id, generation, rule } = schedule
  const { expression, timeZone, startAt } = scheduleExpression(early(rule, now), now)
  const event: FireEvent = { schedule: id, generation, scheduledFor: isOnce(rule) ? rfc3339(rule.at) : SCHEDULED_TIME }
  return {
    ScheduleExpression: expression,
    ScheduleExpressionTimezone: timeZone,
    ...(isOnce(rule) ? {} : boundsOf(schedule, startAt, now)),
    FlexibleTimeWindow: { Mode: 'OFF' },
    ActionAfterCompletion: 'DELETE',
    Target: {
      Arn: places.occurrenceArn,
      RoleArn: places.roleArn,
      Input: JSON.stringify(event),
      RetryPolicy: RETRIES,
      DeadLetterConfig: { Arn: places.lostFiresArn },
    },
  } satisfies Omit<CreateScheduleCommandInput, 'Name'>
}

function early(rule: Rule, now: Instant): Rule {
  return isOnce(rule) ? { ...rule, at: Math.max(rule.at - EARLY_MS, now + AHEAD_MS) } : rule
}

/**
 * When it begins and ends to fire. A beginning that has passed for more than five minutes is refused, and so is an end that has passed.
 * @param first of a steady pace, its first fire
 */
function boundsOf({ startAt = 0, endAt }: TimedSchedule, first: Instant | undefined, now: Instant) {
  // A fire that is early costs a look; one that does not come at the very beginning is missing.
  const from = first ?? startAt - LOOKAHEAD_MS
  const starts = from > now ? from : undefined
  return {
    ...(starts !== undefined && { StartDate: new Date(starts) }),
    ...(endAt !== undefined && { EndDate: new Date(Math.max(endAt, starts ?? now) + AFTER_END_MS) }),
  }
}

function rfc3339(at: Instant): string {
  return new Date(at).toISOString()
}
