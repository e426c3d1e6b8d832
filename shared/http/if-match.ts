import { changedSince } from '../core/errors.ts'
import type { Call, SchedulePorts, TaskPorts } from './call.ts'

type Match = 'any' | readonly number[] | undefined
/** A request that may be meant for one version only. */
export interface Conditional extends Pick<Call, 'actor' | 'id'> {
  readonly headers: { readonly 'if-match'?: Match }
}

/** Of a task, as its `If-Match` says. */
export function expectedTaskVersion({ actor, id, headers }: Conditional, on: TaskPorts): Promise<number | undefined> {
  const current = async () => (await on.engine.get(actor, id)).row.version
  return expectedVersion(headers['if-match'], current, version => changedSince('task', { version }))
}

/** Of a schedule, as its `If-Match` says. */
export function expectedGeneration(
  { actor, id, headers }: Conditional,
  on: SchedulePorts,
): Promise<number | undefined> {
  const current = async () => (await on.schedules.get(actor, id)).generation
  return expectedVersion(headers['if-match'], current, generation => changedSince('schedule', { generation }))
}

/**
 * The one version that a change may be based on; of several, the one that there is now.
 * @param stale what the change is refused with when none of several is
 */
async function expectedVersion(
  match: Match,
  current: () => Promise<number>,
  stale: (version: number) => Error,
): Promise<number | undefined> {
  if (match === undefined || match === 'any') return undefined
  if (match.length === 1) return match[0]
  const version = await current()
  if (match.includes(version)) return version
  throw stale(version)
}
