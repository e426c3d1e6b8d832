import type { Registry } from '../core/definition.ts'
import { invalidField, PulseError } from '../core/errors.ts'
import { isScheduleDefinition, type ScheduleDefinition } from '../core/schedule-definition.ts'
import type { Instant } from '../core/task.ts'
import { scheduleRequest } from '../http/schedule-request.ts'
import { createScheduleBody } from '../http/schedule-schemas.ts'
import { asPointer, validate } from '../http/validate.ts'
import { draftDeclared } from '../schedules/declare.ts'
import type { ScheduleRequest } from '../schedules/schedule.ts'
import { TasksRefused } from '../worker/registry-of.ts'

/** What a request for a schedule says, but for what makes sense only at the moment when somebody asks. */
const declaration = createScheduleBody.omit({ after: true, paused: true })

/** Where schedules are declared. */
export interface DeclaredIn {
  /** What to call the module in an error. */
  readonly from: string
  readonly registry: Registry
  readonly now: Instant
  /** Longest time of one attempt, where there is a limit. */
  readonly maxTimeoutMs?: number
}

/**
 * The schedules that the module of the tasks exports, by name or in a list, checked as a request for each would be, as far as can be
 * without a store: what is wrong with one must not wait for the deploy to show.
 * @throws TasksRefused
 */
export async function declaredSchedules(
  exported: Readonly<Record<string, unknown>>,
  where: DeclaredIn,
): Promise<readonly ScheduleRequest[]> {
  const requests = new Map<string, ScheduleRequest>()
  for (const definition of new Set(Object.values(exported).flat().filter(isScheduleDefinition))) {
    const request = await readDefinition(definition, where)
    if (requests.has(request.name))
      throw new TasksRefused(`${where.from} declares two schedules named "${request.name}"`)
    requests.set(request.name, request)
  }
  return [...requests.values()]
}

async function readDefinition({ name, request }: ScheduleDefinition, where: DeclaredIn): Promise<ScheduleRequest> {
  try {
    const read = scheduleRequest(validate(declaration, asJson(request), asPointer), where.maxTimeoutMs)
    await draftDeclared(where, read, where.now)
    return read
  } catch (cause) {
    if (!(cause instanceof PulseError)) throw cause
    throw new TasksRefused(`${where.from}: schedule ${shown(name)} is refused: ${reason(cause)}`, { cause })
  }
}

/** As a request would carry it. A Date that is none says so, instead of becoming null. */
function asJson(request: unknown): unknown {
  try {
    const text = JSON.stringify(request, function (this: Readonly<Record<string, unknown>>, key, value) {
      return value === null && this[key] instanceof Date ? String(this[key]) : value
    })
    return JSON.parse(text)
  } catch {
    throw invalidField('/task/payload', 'cannot be written as JSON')
  }
}

/** What is no name may hold anything. */
function shown(name: unknown): string {
  return JSON.stringify(String(name).slice(0, 100))
}

/** Names the field as it is written in a declaration. */
function reason({ message, errors: [first, ...others] }: PulseError): string {
  if (!first) return message
  const field = first.pointer.slice(1).replaceAll('/', '.')
  return `${field && `${field}: `}${first.detail}${others.length > 0 ? ` (and ${others.length} more)` : ''}`
}
