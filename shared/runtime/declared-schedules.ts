import { readRule } from '../calendar/rule.ts'
import type { Registry } from '../core/definition.ts'
import { PulseError } from '../core/errors.ts'
import { isScheduleDefinition } from '../core/schedule-definition.ts'
import type { Instant } from '../core/task.ts'
import { checkPayload, findDefinition } from '../engine/check-payload.ts'
import { MAX_CATCH_UP, overlaps, type ScheduleRequest } from '../schedules/schedule.ts'
import { TasksRefused } from '../worker/registry-of.ts'

/**
 * The schedules that the module of the tasks exports, by name or in a list, checked as far as can be without a store: what is wrong with
 * one must not wait for the deploy to show.
 * @param from what to call the module in an error
 * @throws TasksRefused
 */
export async function declaredSchedules(
  exported: Readonly<Record<string, unknown>>,
  registry: Registry,
  from: string,
  now: Instant,
): Promise<readonly ScheduleRequest[]> {
  const schedules = [...new Set(Object.values(exported).flat().filter(isScheduleDefinition))]
  const names = new Set<string>()
  for (const schedule of schedules) {
    if (names.has(schedule.name)) throw new TasksRefused(`${from} declares two schedules named "${schedule.name}"`)
    names.add(schedule.name)
    await check(schedule, registry, from, now)
  }
  return schedules
}

async function check(schedule: ScheduleRequest, registry: Registry, from: string, now: Instant): Promise<void> {
  const { name, task, overlap = 'allow', catchUp = 'one' } = schedule
  const refused = (why: string, cause?: unknown) =>
    new TasksRefused(`${from}: schedule "${name}" is refused: ${why}`, { cause })
  if (!overlaps.includes(overlap)) throw refused(`overlap: "${overlap}" is none of ${overlaps.join(', ')}`)
  if (typeof catchUp === 'number' && !(Number.isInteger(catchUp) && catchUp >= 1 && catchUp <= MAX_CATCH_UP))
    throw refused(`catchUp: write skip, one, or a number from 1 to ${MAX_CATCH_UP}`)
  try {
    // One that fires once may be past by now: it has fired, or is made up for.
    readRule(schedule, schedule.at === undefined ? now : Math.min(now, schedule.at))
    await checkPayload(findDefinition(registry, task.name), task.payload)
  } catch (error) {
    if (error instanceof PulseError) throw refused(error.message, error)
    throw error
  }
}
