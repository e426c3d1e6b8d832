import { isOnce, type Rule, type RuleRequest } from '../calendar/rule.ts'
import type { Actor } from '../core/actor.ts'
import { changedSince, PulseError } from '../core/errors.ts'
import type { Instant } from '../core/task.ts'
import { canonicalJson } from '../core/task-id.ts'
import { arm } from './arm.ts'
import { checkSchedule, decidedBefore, ruleFrom } from './create.ts'
import type { SchedulesEnvironment } from './environment.ts'
import { carryOut, fireOverdue } from './fire.ts'
import { isArmed, settled } from './next.ts'
import { readOwned } from './read.ts'
import { type KnownSchedule, readSchedule, scheduleWrites } from './records.ts'
import type { Schedule, ScheduleEdit } from './schedule.ts'

/** Times that a change is decided anew on a schedule that fires meanwhile. */
const TRIES = 8

/** @throws PulseError `precondition_failed` when it has another generation than the edit is based on */
export async function editSchedule(
  on: SchedulesEnvironment,
  actor: Actor,
  id: string,
  changes: ScheduleEdit,
  generation?: number,
): Promise<Schedule> {
  await readOwned(on, actor, id)
  // What is due already is due by the rule as it was.
  await fireOverdue(on, id)
  return change(on, actor, id, async schedule => {
    if (generation !== undefined && generation !== schedule.generation)
      throw changedSince('schedule', { generation: schedule.generation })
    const now = on.clock.now()
    const after = edited(schedule, changes, now)
    await checkSchedule(on, after, now)
    const { declaredAs: _, ...rest } = after
    return rest
  })
}

export function pauseSchedule(on: SchedulesEnvironment, actor: Actor, id: string, reason?: string): Promise<Schedule> {
  return change(on, actor, id, schedule => ({
    ...schedule,
    paused: { at: on.clock.now(), by: actor.by, ...(reason !== undefined && { reason }) },
  }))
}

export function resumeSchedule(on: SchedulesEnvironment, actor: Actor, id: string): Promise<Schedule> {
  return change(on, actor, id, ({ paused, ...schedule }) => (paused ? goingOn(schedule, on.clock.now()) : schedule))
}

/** Follows a declaration that has changed. A pause by a person stays. */
export function replaceSchedule(on: SchedulesEnvironment, actor: Actor, fresh: Schedule): Promise<Schedule> {
  return change(on, actor, fresh.id, ({ generation, createdAt, armed, last, paused, decidedUntil }) => {
    const kept = { generation, createdAt, armed, ...(last && { last }), ...(paused && { paused }) }
    return goingOn({ ...fresh, ...kept }, decidedUntil)
  })
}

/** Removes a schedule. Fires that come later find nothing and do nothing (H74). */
export async function removeSchedule(on: SchedulesEnvironment, actor: Actor, id: string): Promise<Schedule> {
  for (let tries = 0; tries < TRIES; tries++) {
    const known = await calm(on, actor, id)
    if (on.timers && !(known.schedule.paused && isArmed(on, known.schedule))) {
      // A pause takes the timer away, and is remembered until it is: without a record nobody would know that it has to go (H73).
      await pauseSchedule(on, actor, id, 'it is being removed')
      continue
    }
    if (await on.backend.records.write(scheduleWrites(known, undefined))) return known.schedule
  }
  throw tooFast()
}

/** As `removeSchedule`, also when somebody else has removed it at this moment. */
export async function removeIfThere(on: SchedulesEnvironment, actor: Actor, id: string): Promise<void> {
  try {
    await removeSchedule(on, actor, id)
  } catch (error) {
    if (!(error instanceof PulseError && error.code === 'not_found')) throw error
  }
}

/** Each change by a person starts the next generation, which the timers then follow. */
async function change(
  on: SchedulesEnvironment,
  actor: Actor,
  id: string,
  decide: (schedule: Schedule) => Schedule | Promise<Schedule>,
): Promise<Schedule> {
  for (let tries = 0; tries < TRIES; tries++) {
    const known = await calm(on, actor, id)
    const decided = await decide(known.schedule)
    const now = on.clock.now()
    const since = sinceOf(known.schedule, decided, now)
    const next = { ...decided, since, generation: known.schedule.generation + 1, updatedAt: now }
    const after = settled(on, next)
    if (!(await on.backend.records.write(scheduleWrites(known, after)))) continue
    const written = await readSchedule(on.backend.records, id)
    if (written && !isArmed(on, written.schedule)) await arm(on, written)
    return written?.schedule ?? after
  }
  throw tooFast()
}

/** A clock that is behind does not make two beginnings one. */
function sinceOf(before: Schedule, after: Schedule, now: Instant): Instant {
  const what = ({ rule, task, startAt, jitterMs }: Schedule) => canonicalJson([rule, task, startAt, jitterMs])
  return what(before) === what(after) ? before.since : Math.max(now, before.since + 1)
}

/** A schedule that is not being fired at this moment: what is decided is carried out first. */
async function calm(on: SchedulesEnvironment, actor: Actor, id: string): Promise<KnownSchedule> {
  for (let tries = 0; tries < TRIES; tries++) {
    const known = await readOwned(on, actor, id)
    if (!known.schedule.deciding) return known
    await carryOut(on, known, known.schedule.deciding)
  }
  throw tooFast()
}

function edited(schedule: Schedule, changes: ScheduleEdit, now: Instant): Schedule {
  const { at, afterMs, everyMs, cron, timeZone, startAt, endAt, jitterMs, description, tags, ...fields } = changes
  const request = { at, afterMs, everyMs, cron, timeZone }
  const hasRule = Object.values(request).some(value => value !== undefined)
  const starts = startAt === undefined ? schedule.startAt : startAt
  const rule = hasRule
    ? ruleFrom(wholeRule(schedule.rule, request), starts, now)
    : startingAnew(schedule.rule, startAt, now)
  const after = withOptional({ ...schedule, ...fields, rule }, { startAt, endAt, jitterMs, description, tags })
  if (isOnce(rule))
    return isSameTime(rule, schedule.rule) ? after : { ...after, decidedUntil: decidedBefore(rule, now) }
  // Who leaves the times alone leaves out none of them.
  return hasRule || startAt !== undefined || endAt !== undefined ? goingOn(after, now) : after
}

/** The first occurrence of a steady pace is its start. */
function startingAnew(rule: Rule, startAt: Instant | null | undefined, now: Instant): Rule {
  if (rule.kind !== 'every' || startAt === undefined) return rule
  return { ...rule, anchor: startAt === null ? Math.min(rule.anchor, now) : startAt - rule.everyMs }
}

/** Said again, a time is no other occurrence. */
function isSameTime(rule: Rule, before: Rule): boolean {
  return isOnce(rule) && isOnce(before) && rule.at === before.at
}

/** Of a cron rule, the expression stays when only the time zone is given, and the time zone when only the expression is. */
function wholeRule(rule: Rule, request: RuleRequest): RuleRequest {
  const { at, afterMs, everyMs, cron, timeZone } = request
  if (rule.kind !== 'cron' || (at ?? afterMs ?? everyMs) !== undefined) return request
  return { cron: cron ?? rule.expression, timeZone: timeZone ?? rule.timeZone }
}

/** Occurrences up to then are none of its business: they are decided, or were left out. */
function goingOn(schedule: Schedule, from: Instant): Schedule {
  return { ...schedule, decidedUntil: Math.max(schedule.decidedUntil, from) }
}

function withOptional(schedule: Schedule, changes: Readonly<Record<string, unknown>>): Schedule {
  const after: Record<string, unknown> = { ...schedule }
  for (const [field, value] of Object.entries(changes)) {
    if (value === null) delete after[field]
    else if (value !== undefined) after[field] = value
  }
  return after as unknown as Schedule // fields of a schedule with values that the edge has checked
}

function tooFast(): PulseError {
  return new PulseError('unavailable', 'the schedule is changing too fast: try again')
}
