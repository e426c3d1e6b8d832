import { type Instant, isTerminal } from '../core/task.ts'
import { occurrenceTaskId } from '../core/task-id.ts'
import { submitTask } from '../engine/submit.ts'
import { type SubmitLimit, submitLimit } from '../engine/submit-limit.ts'
import { arm } from './arm.ts'
import type { SchedulesEnvironment } from './environment.ts'
import { jittered, makeTask, refusal } from './make-task.ts'
import { isArmed, settled } from './next.ts'
import { decideFires, planFires } from './plan.ts'
import { firesWrite, type KnownSchedule, readSchedule, scheduleWrites } from './records.ts'
import type { Fire, Schedule } from './schedule.ts'

/** A fire that names a time this far ahead of our clock is believed (H77). */
const HINTED_MS = 60_000
/** The same where it matters that the time has come: clocks differ, but by no more. */
const SKEW_MS = 10_000
/** Looks for another's decision before a limit refuses an occurrence: together longer than a write takes. */
const MOST_LOOKS = 5
/** Decisions that one look takes. What is left stays due. */
const MOST_STEPS = 30

/**
 * Decides what is due of a schedule and carries it out, whoever says that it is time. What becomes of an occurrence is decided by one
 * conditional write of the record, and carried out afterwards by whoever sees the decision: cut off anywhere, the next look goes on,
 * and makes the same tasks under the same ids (P12, H70, H71).
 * @param firedFor the occurrence that a timer named
 * @returns what became of occurrences; nothing for a schedule that is gone (H74)
 * @throws StoreUnavailable
 */
export async function fireSchedule(on: SchedulesEnvironment, id: string, firedFor?: Instant): Promise<readonly Fire[]> {
  return look(on, id, schedule => {
    const now = on.clock.now()
    // Whether the task before has ended is known at the time and not before (H76).
    const [believedMs, aheadMs] = schedule.overlap === 'skip' ? [SKEW_MS, 0] : [HINTED_MS, on.lookaheadMs]
    return Math.max(Math.min(firedFor ?? now, now + believedMs), now + aheadMs)
  })
}

/** As `fireSchedule`, up to now and no further: before somebody changes the rule. */
export async function fireOverdue(on: SchedulesEnvironment, id: string): Promise<void> {
  await look(on, id, () => on.clock.now())
}

async function look(
  on: SchedulesEnvironment,
  id: string,
  horizon: (schedule: Schedule) => Instant,
): Promise<readonly Fire[]> {
  const fires: Fire[] = []
  for (let step = 0; step < MOST_STEPS; step++) {
    const known = await readSchedule(on.backend.records, id)
    if (!known) return fires
    if (known.schedule.deciding) fires.push(...(await carryOut(on, known, known.schedule.deciding)))
    else if (!isArmed(on, known.schedule)) await arm(on, known)
    else if (!(await decide(on, known, horizon(known.schedule)))) return fires
  }
  return fires
}

/** @returns whether anything was to be decided */
async function decide(on: SchedulesEnvironment, known: KnownSchedule, horizon: Instant): Promise<boolean> {
  const { schedule } = known
  if (schedule.paused) return false
  const now = on.clock.now()
  const plan = planFires(schedule, now, horizon)
  const latest = plan.fires.at(-1) ?? plan.missed?.latest
  if (latest === undefined) return false
  const isRunning = schedule.overlap === 'skip' && (await isTaskRunning(on, schedule.last?.taskId))
  const planned = decideFires(schedule, plan, now, isRunning, at => occurrenceTaskId(schedule.id, schedule.since, at))
  const limit = submitLimit(on, schedule.owner, schedule.task.name)
  const deciding = await permitted(on, known, limit, planned)
  const after = { ...schedule, decidedUntil: latest, deciding }
  // Lost to somebody else who decided, or to a change: looked at again either way.
  if (!(await on.backend.records.write(scheduleWrites(known, after))))
    await limit?.giveBack(deciding.filter(({ taskId }) => taskId !== undefined).length)
  return true
}

/** Whether the owner may have tasks made is a part of the decision: of those who carry it out, none may find another answer. */
async function permitted(
  on: SchedulesEnvironment,
  known: KnownSchedule,
  limit: SubmitLimit | undefined,
  fires: readonly Fire[],
): Promise<readonly Fire[]> {
  if (fires.every(({ taskId }) => taskId === undefined)) return fires
  if (await on.isDisabled(known.schedule.owner))
    return fires.map(fire => (fire.taskId === undefined ? fire : refused(fire, 'the account of its owner is disabled')))
  return limit ? withinLimit(on, known, limit, fires) : fires
}

async function withinLimit(
  on: SchedulesEnvironment,
  known: KnownSchedule,
  limit: SubmitLimit,
  fires: readonly Fire[],
): Promise<readonly Fire[]> {
  const decided: Fire[] = []
  let looks = 0
  for (const fire of fires) {
    let error = fire.taskId === undefined ? undefined : await limit.take()
    // The room may be taken by somebody who is about to decide the same: then the record changes, and this decision is lost to theirs.
    for (; error && looks < MOST_LOOKS && (await isUnchanged(on, known)); looks++) error = await limit.take()
    decided.push(error ? refused(fire, error.message) : fire)
  }
  return decided
}

async function isUnchanged({ backend }: SchedulesEnvironment, { schedule, version }: KnownSchedule): Promise<boolean> {
  return (await readSchedule(backend.records, schedule.id))?.version === version
}

function refused({ scheduledFor, firedAt }: Fire, detail: string): Fire {
  return { scheduledFor, firedAt, outcome: 'refused', detail }
}

/** An end is never taken back but by people, so one that is read stays true (H76). */
async function isTaskRunning(on: SchedulesEnvironment, id: string | undefined): Promise<boolean> {
  const row = id === undefined ? undefined : await on.backend.tasks.read(id)
  return row !== undefined && !isTerminal(row.state)
}

/**
 * Makes the tasks of a decision, then notes what became of it.
 * @returns what this call has noted; nothing when somebody else was first
 */
export async function carryOut(
  on: SchedulesEnvironment,
  known: KnownSchedule,
  deciding: readonly Fire[],
): Promise<readonly Fire[]> {
  const { schedule } = known
  const made = await Promise.allSettled(deciding.map(fire => carriedOut(on, schedule, fire)))
  const failed = made.find(each => each.status === 'rejected')
  // What was made is found again.
  if (failed) throw failed.reason
  const fires = withoutOverlap(made.flatMap(each => (each.status === 'fulfilled' ? [each.value] : [])))
  const now = on.clock.now()
  const last = fires.findLast(({ taskId }) => taskId !== undefined) ?? schedule.last
  const { deciding: _, ...rest } = schedule
  const after = settled(on, { ...rest, ...(last && { last }) })
  const written = await on.backend.records.write([
    ...scheduleWrites(known, after),
    firesWrite(schedule.id, fires, on.entropy.id(), now),
  ])
  if (!written) return []
  on.emit({ type: 'schedule.fired', schedule, fires })
  return fires
}

/** Of several that are due at once, the others overlap with the first one's task: where that is refused, they are too (H76). */
function withoutOverlap(fires: readonly Fire[]): readonly Fire[] {
  const detail = fires.find(({ outcome }) => outcome === 'refused')?.detail
  if (detail === undefined) return fires
  return fires.map(fire => (fire.outcome === 'overlapping' ? refused(fire, detail) : fire))
}

async function carriedOut(on: SchedulesEnvironment, schedule: Schedule, fire: Fire): Promise<Fire> {
  const { scheduledFor, taskId } = fire
  if (taskId === undefined) return fire
  try {
    await makeTask(on, schedule, { id: taskId, scheduledFor }, jittered(schedule, scheduledFor), submitTask)
    return fire
  } catch (error) {
    const detail = refusal(error)
    if (detail === undefined) throw error
    // Somebody else carries out the same decision, and may be of a version that knows the task.
    return (await on.backend.tasks.read(taskId)) ? fire : refused(fire, detail)
  }
}
