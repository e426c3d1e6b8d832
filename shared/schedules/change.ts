import type { Actor } from '../core/actor.ts'
import { PulseError } from '../core/errors.ts'
import type { Instant } from '../core/task.ts'
import { edited, goingOn } from './apply-edit.ts'
import { arm } from './arm.ts'
import { checkGeneration, checkSchedule } from './check-schedule.ts'
import { differs } from './differs.ts'
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
    checkGeneration(schedule, generation)
    const now = on.clock.now()
    const after = edited(schedule, changes, now)
    await checkSchedule(on, after, now, schedule)
    const { declaredAs: _, ...rest } = after
    return rest
  })
}

export function pauseSchedule(
  on: SchedulesEnvironment,
  actor: Actor,
  id: string,
  reason?: string,
  generation?: number,
): Promise<Schedule> {
  return change(on, actor, id, schedule => {
    checkGeneration(schedule, generation)
    return { ...schedule, paused: { at: on.clock.now(), by: actor.by, ...(reason !== undefined && { reason }) } }
  })
}

export function resumeSchedule(
  on: SchedulesEnvironment,
  actor: Actor,
  id: string,
  generation?: number,
): Promise<Schedule> {
  return change(on, actor, id, schedule => {
    checkGeneration(schedule, generation)
    const { paused, ...going } = schedule
    return paused ? goingOn(going, on.clock.now()) : schedule
  })
}

/** Follows a declaration that has changed. A pause by a person stays. */
export function replaceSchedule(on: SchedulesEnvironment, actor: Actor, fresh: Schedule): Promise<Schedule> {
  return change(on, actor, fresh.id, ({ generation, createdAt, armed, last, paused, decidedUntil }) => {
    const kept = { generation, createdAt, armed, ...(last && { last }), ...(paused && { paused }) }
    return goingOn({ ...fresh, ...kept }, decidedUntil)
  })
}

/** Removes a schedule. Fires that come later find nothing and do nothing (H74). */
export async function removeSchedule(
  on: SchedulesEnvironment,
  actor: Actor,
  id: string,
  generation?: number,
): Promise<Schedule> {
  let expected = generation
  for (let tries = 0; tries < TRIES; tries++) {
    const known = await calm(on, actor, id)
    checkGeneration(known.schedule, expected)
    if (on.timers && !(known.schedule.paused && isArmed(on, known.schedule))) {
      // A pause takes the timer away, and is remembered until it is: without a record nobody would know that it has to go (H73).
      await pauseSchedule(on, actor, id, 'it is being removed', expected)
      if (expected !== undefined) expected++
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
  return differs(before, after, 'rule', 'task', 'startAt', 'jitterMs') ? Math.max(now, before.since + 1) : before.since
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

function tooFast(): PulseError {
  return new PulseError('unavailable', 'the schedule is changing too fast: try again')
}
