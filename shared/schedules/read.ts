import type { Actor } from '../core/actor.ts'
import { AuditHint } from '../core/audit-hint.ts'
import { PulseError } from '../core/errors.ts'
import { listOwner } from '../engine/load.ts'
import type { SchedulesEnvironment } from './environment.ts'
import { type KnownSchedule, known, ownedPartition, readSchedule, scheduleKey } from './records.ts'
import type { SchedulePage } from './requests.ts'

/** @throws PulseError `not_found`, in the same words for an unknown id and for another owner's (SEC-17) */
export async function readOwned(on: SchedulesEnvironment, actor: Actor, id: string): Promise<KnownSchedule> {
  const found = await readSchedule(on.backend.records, id)
  if (!found) throw notFound()
  const { owner } = found.schedule
  if (actor.role === 'viewer' && owner !== actor.owner) throw notFound(new AuditHint({ owner }))
  return found
}

export async function listSchedules(
  on: SchedulesEnvironment,
  actor: Actor,
  { limit, after }: { readonly limit: number; readonly after?: string },
): Promise<SchedulePage> {
  const owner = listOwner(actor)
  const { records } = on.backend
  const partition = owner === undefined ? scheduleKey('').partition : ownedPartition(owner)
  const page = await records.list({ partition, limit, ...(after !== undefined && { after }) })
  const found =
    owner === undefined
      ? page.records
      : await readListed(
          on,
          page.records.map(({ key }) => key.sort),
        )
  return {
    schedules: found.map(record => known(record).schedule),
    ...(page.next !== undefined && { next: page.next }),
  }
}

/** Most records that are read at a time. */
const READ_AT_ONCE = 100

/** One that was removed at this moment is left out. */
async function readListed(on: SchedulesEnvironment, ids: readonly string[]) {
  const keys = ids.map(scheduleKey)
  const portions = Array.from({ length: Math.ceil(keys.length / READ_AT_ONCE) }, (_, index) =>
    keys.slice(index * READ_AT_ONCE, (index + 1) * READ_AT_ONCE),
  )
  const found = await Promise.all(portions.map(portion => on.backend.records.readMany(portion)))
  return found.flat().filter(record => record !== undefined)
}

function notFound(cause?: AuditHint): PulseError {
  return new PulseError('not_found', 'there is no schedule with this id', { cause })
}
