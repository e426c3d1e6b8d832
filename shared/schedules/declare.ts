import { isOnce } from '../calendar/rule.ts'
import type { Actor } from '../core/actor.ts'
import { invalidField, PulseError } from '../core/errors.ts'
import type { Instant } from '../core/task.ts'
import { requestFingerprint } from '../core/task-id.ts'
import { removeIfThere, replaceSchedule } from './change.ts'
import { checkBounds, checkTask } from './check-schedule.ts'
import { draftSchedule } from './create.ts'
import type { SchedulesEnvironment } from './environment.ts'
import { fireOverdue, fireSchedule } from './fire.ts'
import { nextOf, settled } from './next.ts'
import { everyOwned } from './owned.ts'
import { readSchedule, scheduleWrites } from './records.ts'
import type { DeclaredReport } from './requests.ts'
import type { Schedule, ScheduleRequest } from './schedule.ts'
import { derivedScheduleId } from './schedule-id.ts'

/** Whose the declared schedules and their tasks are. */
export const DECLARED_OWNER = 'deploy'
const actor: Actor = { owner: DECLARED_OWNER, by: DECLARED_OWNER, role: 'admin' }

/**
 * Makes, changes and removes schedules until they are those that are declared. A schedule is told by its name; what a person has
 * changed is undone, but for a pause. May be repeated, and goes on where it was cut off.
 * @throws PulseError for a declaration that cannot be; those before it are carried out
 */
export async function declareSchedules(
  on: SchedulesEnvironment,
  declared: readonly ScheduleRequest[],
): Promise<DeclaredReport> {
  const report = { created: 0, changed: 0, removed: 0 }
  const names = new Set<string>()
  for (const request of declared) {
    if (names.has(request.name)) throw new TypeError(`two schedules are declared as "${request.name}"`)
    names.add(request.name)
    const what = await declareOne(on, request)
    if (what) report[what]++
  }
  for await (const schedule of everyOwned(on, DECLARED_OWNER)) {
    if (names.has(schedule.name)) continue
    await removeIfThere(on, actor, schedule.id)
    report.removed++
  }
  return report
}

async function declareOne(
  on: SchedulesEnvironment,
  request: ScheduleRequest,
): Promise<keyof DeclaredReport | undefined> {
  const id = derivedScheduleId(DECLARED_OWNER, request.name)
  const declaredAs = requestFingerprint(request)
  const known = await readSchedule(on.backend.records, id)
  if (known?.schedule.declaredAs === declaredAs) return undefined
  if (known) await fireOverdue(on, id)
  const now = on.clock.now()
  const draft = inPhase(await draftNamed(on, request, now), known?.schedule)
  // It has fired, and may have gone since, or it was declared too late.
  if (isOver(draft, now)) {
    if (!known) return undefined
    await removeIfThere(on, actor, id)
    return 'removed'
  }
  const fresh = settled(on, { ...draft, declared: true, declaredAs })
  if (known) await replaceSchedule(on, actor, fresh)
  else {
    await on.backend.records.write(scheduleWrites(undefined, fresh))
    // Has its timer made, if it needs one.
    await fireSchedule(on, id)
  }
  return known ? 'changed' : 'created'
}

/**
 * The schedule that a declaration asks for, whether or not its time is over.
 * @throws PulseError naming the field of what would be a mistake at any time: what was right when it was written stays right
 */
export async function draftDeclared(
  on: Pick<SchedulesEnvironment, 'registry'>,
  request: ScheduleRequest,
  now: Instant,
): Promise<Schedule> {
  const id = derivedScheduleId(DECLARED_OWNER, request.name)
  const draft = draftSchedule(actor, id, request, Math.min(now, request.at ?? now))
  checkBounds(draft, now)
  if (draft.startAt !== undefined && nextOf(draft, draft.startAt - 1) === undefined)
    throw invalidField('/endAt', 'no occurrence is between startAt and it: choose a later end, or another rule')
  await checkTask(on, draft.task)
  return draft
}

async function draftNamed(on: SchedulesEnvironment, request: ScheduleRequest, now: Instant): Promise<Schedule> {
  try {
    return await draftDeclared(on, request, now)
  } catch (cause) {
    if (!(cause instanceof PulseError)) throw cause
    const { code, message, errors } = cause
    throw new PulseError(code, `schedule "${request.name}" is refused: ${message}`, { errors, cause })
  }
}

function isOver(schedule: Schedule, now: Instant): boolean {
  return isOnce(schedule.rule) ? schedule.rule.at <= now : nextOf(schedule, now) === undefined
}

/** As for an edit, the phase of an interval stays unless the rule or the start is another one. */
function inPhase(draft: Schedule, known: Schedule | undefined): Schedule {
  const [rule, before] = [draft.rule, known?.rule]
  const isSame = rule.kind === 'every' && before?.kind === 'every' && rule.everyMs === before.everyMs
  return isSame && draft.startAt === known?.startAt ? { ...draft, rule: before } : draft
}
