import { isOnce, LATEST_MS, type Rule, readRule } from '../calendar/rule.ts'
import type { Actor } from '../core/actor.ts'
import { PulseError } from '../core/errors.ts'
import type { Instant } from '../core/task.ts'
import { requestFingerprint } from '../core/task-id.ts'
import { arm } from './arm.ts'
import { checkSchedule } from './check-schedule.ts'
import type { SchedulesEnvironment } from './environment.ts'
import { isArmed, settled } from './next.ts'
import { readSchedule, scheduleWrites } from './records.ts'
import type { Created } from './requests.ts'
import type { Schedule, ScheduleRequest } from './schedule.ts'
import { derivedScheduleId, scheduleId } from './schedule-id.ts'

/**
 * Stores a schedule, then has its timers follow it.
 * @throws PulseError when it is refused; StoreUnavailable, after which a repeat with the same key goes on
 */
export async function createSchedule(
  on: SchedulesEnvironment,
  actor: Actor,
  request: ScheduleRequest,
  idempotencyKey?: string,
): Promise<Created> {
  const id = idempotencyKey === undefined ? scheduleId(on.entropy.id()) : derivedScheduleId(actor.owner, idempotencyKey)
  const fingerprint = idempotencyKey === undefined ? undefined : requestFingerprint(request)
  // Looked for first: what was right when it was made, such as a time ahead, may not be so any more when a repeat comes.
  const earlier = fingerprint === undefined ? undefined : await readSchedule(on.backend.records, id)
  const written = !earlier && (await writeNew(on, actor, id, request, fingerprint))
  const known = earlier ?? (await readSchedule(on.backend.records, id))
  if (!known) throw new PulseError('unavailable', 'the schedule was removed while it was made: send the request again')
  if (!written && known.schedule.fingerprint !== fingerprint) {
    const detail = 'this Idempotency-Key was used with another request: use a new key for a new schedule'
    throw new PulseError('idempotency_key_reused', detail, { errors: [{ pointer: 'Idempotency-Key', detail }] })
  }
  // The first try may have ended before its timer was made.
  if (!isArmed(on, known.schedule)) await arm(on, known)
  return { schedule: known.schedule, replayed: !written }
}

/** @returns whether nobody else was first */
async function writeNew(
  on: SchedulesEnvironment,
  actor: Actor,
  id: string,
  request: ScheduleRequest,
  fingerprint: string | undefined,
): Promise<boolean> {
  const schedule = await newSchedule(on, actor, id, request)
  const fresh = { ...schedule, ...(fingerprint !== undefined && { fingerprint }) }
  return on.backend.records.write(scheduleWrites(undefined, fresh))
}

/** @throws PulseError naming the field */
export async function newSchedule(
  on: SchedulesEnvironment,
  actor: Actor,
  id: string,
  request: ScheduleRequest,
): Promise<Schedule> {
  const now = on.clock.now()
  const schedule = draftSchedule(actor, id, request, now)
  await checkSchedule(on, schedule, now)
  return settled(on, schedule)
}

/** A schedule as it is asked for: of it, only the rule is checked. @throws PulseError naming the field */
export function draftSchedule(actor: Actor, id: string, request: ScheduleRequest, now: Instant): Schedule {
  const { at: _at, afterMs: _after, everyMs: _every, cron: _cron, timeZone: _zone, paused, ...options } = request
  const rule = ruleFrom(request, request.startAt, now)
  return {
    overlap: 'allow',
    catchUp: 'one',
    ...options,
    id,
    owner: actor.owner,
    rule,
    generation: 1,
    since: now,
    createdAt: now,
    updatedAt: now,
    decidedUntil: decidedBefore(rule, now),
    armed: 0,
    listed: 0,
    ...(paused && { paused: { at: now, by: actor.by } }),
  }
}

/** A rule says nothing about what is past, but for the one time that has passed while the request was on its way. */
export function decidedBefore(rule: Rule, now: Instant): Instant {
  return isOnce(rule) && rule.at >= now - LATEST_MS ? Math.min(now, rule.at - 1) : now
}

/** What a request says about time. With a start, the first occurrence of a steady pace is the start. */
export function ruleFrom(
  request: ScheduleRequestRule,
  startAt: Instant | null | undefined,
  now: Instant,
): Schedule['rule'] {
  const rule = readRule(request, now)
  return rule.kind === 'every' && startAt ? { ...rule, anchor: startAt - rule.everyMs } : rule
}

type ScheduleRequestRule = Parameters<typeof readRule>[0]
