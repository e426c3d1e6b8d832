import { createScheduleTimers, type FireEvent, LOOKAHEAD_MS } from '../aws/schedule-timers.ts'
import { isOnce } from '../calendar/rule.ts'
import type { EngineEvent } from '../engine/events.ts'
import { isDisabled } from '../identity/user.ts'
import type { ScheduleTimers } from '../ports/schedule-timers.ts'
import { follow } from '../schedules/arm.ts'
import { createSchedules } from '../schedules/create-schedules.ts'
import type { SchedulesEnvironment } from '../schedules/environment.ts'
import { allSchedules, readSchedule } from '../schedules/records.ts'
import type { Schedules } from '../schedules/schedules.ts'
import { whenChanged } from '../schedules/when-changed.ts'
import type { Aws } from './aws.ts'
import { scheduleTimers, type Variables } from './aws-settings.ts'

/** Schedules whose timers are rules of EventBridge Scheduler. */
export interface AwsSchedules {
  readonly schedules: Schedules
  readonly on: SchedulesEnvironment & { readonly timers: ScheduleTimers }
}

/** @param emit in place of the function's own */
export function openSchedules(aws: Aws, env: Variables, emit = aws.emit): AwsSchedules {
  const { clients, clock } = aws
  const timers = createScheduleTimers({ scheduler: clients.scheduler, ...scheduleTimers(env), clock })
  const { records } = aws.backend
  const on = {
    ...aws,
    emit,
    timers,
    lookaheadMs: LOOKAHEAD_MS,
    isDisabled: (owner: string) => isDisabled(records, owner),
  }
  return { on, schedules: createSchedules(on) }
}

/**
 * What is due within the lookahead is made at once when a person changes a schedule: no timer fires as soon as that.
 * @param failed told when it could not be; the timer comes anyway
 */
export function opened(schedules: Schedules, failed: (id: string, error: unknown) => void): Schedules {
  return whenChanged(schedules, async ({ id }) => {
    await schedules.fire(id).catch(error => failed(id, error))
  })
}

/**
 * Whether a timer follows a rule that is none any more, of a schedule that has gone, or was edited by two at once; or has fired for the only
 * time, too early. Fires that find something to do in time are no reason to ask.
 */
export async function isAstray(
  { on }: AwsSchedules,
  { schedule: id, generation }: Pick<FireEvent, 'schedule' | 'generation'>,
): Promise<boolean> {
  const found = await readSchedule(on.backend.records, id)
  if (!found) return true
  const { schedule } = found
  return schedule.generation !== generation || (isOnce(schedule.rule) && schedule.nextAt !== undefined)
}

/** Has the timer of a schedule follow it, or go with it. */
export async function followAgain({ on }: AwsSchedules, id: string): Promise<void> {
  const found = await readSchedule(on.backend.records, id)
  await follow(on.timers, id, found?.schedule)
}

/** The same for all schedules, after the tables were restored: the timers are those of another moment. */
export async function followAll({ on }: AwsSchedules, hasTime: () => boolean): Promise<void> {
  for await (const page of allSchedules(on.backend.records, hasTime))
    for (const { schedule } of page) await follow(on.timers, schedule.id, schedule)
}

/** A fire that comes so much later than its time was not brought by a timer that works: these come within a minute, and are tried again. */
const LATE_MS = 300_000

/** Of an event, the schedule whose occurrences nobody has looked at for a while. */
export function lateSchedule(event: EngineEvent): string | undefined {
  if (event.type !== 'schedule.fired') return undefined
  return event.fires.some(({ firedAt, scheduledFor }) => firedAt - scheduledFor > LATE_MS)
    ? event.schedule.id
    : undefined
}
