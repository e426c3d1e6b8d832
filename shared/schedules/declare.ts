import type { Actor } from '../core/actor.ts'
import { requestFingerprint } from '../core/task-id.ts'
import { removeIfThere, replaceSchedule } from './change.ts'
import { newSchedule } from './create.ts'
import type { SchedulesEnvironment } from './environment.ts'
import { fireOverdue, fireSchedule } from './fire.ts'
import { everyOwned } from './owned.ts'
import { readSchedule, scheduleWrites } from './records.ts'
import type { DeclaredReport } from './requests.ts'
import type { ScheduleRequest } from './schedule.ts'
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
  // Its time is over: it has fired, and may have gone since, or it was declared too late.
  if (Math.min(request.at ?? Number.POSITIVE_INFINITY, request.endAt ?? Number.POSITIVE_INFINITY) <= on.clock.now()) {
    if (!known) return undefined
    await removeIfThere(on, actor, id)
    return 'removed'
  }
  const fresh = { ...(await newSchedule(on, actor, id, request)), declared: true as const, declaredAs }
  if (known) await replaceSchedule(on, actor, fresh)
  else {
    await on.backend.records.write(scheduleWrites(undefined, fresh))
    // Has its timer made, if it needs one.
    await fireSchedule(on, id)
  }
  return known ? 'changed' : 'created'
}
