import { fileURLToPath } from 'node:url'
import type { Registry } from '../core/definition.ts'
import type { Instant } from '../core/task.ts'
import type { ScheduleRequest } from '../schedules/schedule.ts'
import { importTasks, tasksUrl } from '../worker/load-tasks.ts'
import { registryOf, TasksRefused } from '../worker/registry-of.ts'
import { type DeclaredIn, declaredSchedules } from './declared-schedules.ts'

/** What the user's module declares. */
export interface Declared {
  readonly registry: Registry
  readonly schedules: readonly ScheduleRequest[]
}

/**
 * The user's tasks and schedules. Whatever their module throws while it is loaded becomes one line that says what and where.
 * @param limits longest time of one attempt, where there is a limit
 * @throws TasksRefused
 */
export async function readTasks(
  from: string,
  now: Instant,
  limits: Pick<DeclaredIn, 'maxTimeoutMs'> = {},
): Promise<Declared> {
  try {
    const exported = await importTasks(from)
    const registry = registryOf(exported, from)
    return { registry, schedules: await declaredSchedules(exported, { from, registry, now, ...limits }) }
  } catch (error) {
    if (error instanceof TasksRefused) throw error
    throw new TasksRefused(
      `the tasks at ${from} cannot be loaded: ${firstLine(String(error))}${placeOf(error, from)}`,
      { cause: error },
    )
  }
}

function firstLine(text: string): string {
  return text.slice(0, text.search(/$/m))
}

const OWN_FILES = fileURLToPath(new URL('..', import.meta.url))
const PLACE = /(?:^|[\s(])(?:file:\/\/)?((?:\/|[A-Za-z]:)[^\s()]*:\d+)/gm

/** The topmost place in a file of the user's. */
function placeOf(error: unknown, from: string): string {
  if (!(error instanceof Error)) return ''
  const places = [...(error.stack ?? '').matchAll(PLACE)].map(([, place = '']) => place)
  const place = places.find(each => !each.startsWith(OWN_FILES))
  if (place) return ` (at ${place})`
  // V8 keeps the place of a syntax error to itself until the process ends by it.
  return error instanceof SyntaxError ? ` ("node ${fileURLToPath(tasksUrl(from))}" shows where)` : ''
}
