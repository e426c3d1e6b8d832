import { isTerminal, type TaskRow } from '../../../shared/core/task.ts'
import { occurrenceTaskId } from '../../../shared/core/task-id.ts'
import type { Seen } from './checker.ts'
import { beginningOf, happensOnce, type Life, type Segment } from './lives.ts'
import type { Promised, Wrong } from './promises.ts'

/** A change and what is due at about the same time may come one way or the other: a minute, a call's time and the clocks of two. */
export const NEAR_MS = 75_000
/** Nothing is decided longer before its time. */
const AHEAD_MS = 60_000
/** The clocks of two are so far apart. */
export const CLOCKS_MS = 10_000

/** What had gone wrong has come to its end so long after the last fault. */
const LAST_FAULTS_MS = 60_000
/** Of a look. */
const WORK_MS = 15_000

/** What a task that a schedule has made must be like, when it is made. @param byHand of a backfill */
export function checkRow(seen: Seen, row: TaskRow, life: Life, byHand: boolean): Wrong | undefined {
  const { scheduledFor: at, id } = row
  const { segment, schedule } = life
  // A trigger's task is of no occurrence.
  if (at === undefined) return undefined
  const wrong = (promise: Promised, what: string): Wrong => [promise, `${id} for ${new Date(at).toISOString()} ${what}`]
  const since = beginningOf(life, id, at)
  if (since === undefined) return wrong('P12', 'has an id that follows from no rule and task of its schedule')
  if (row.runAt < at) return wrong('H77', 'may run before its time')
  if (at > seen.world.now + AHEAD_MS + CLOCKS_MS) return wrong('H77', 'is made more than a minute ahead')
  if (byHand) return undefined
  const { now } = seen.world
  if (at > seen.calmAt + LAST_FAULTS_MS && now > at + seen.reconcileMs + WORK_MS)
    return wrong('H71', `is made ${now - at} ms late`)
  if (!schedule || !segment) return wrong('H74', 'is made after the removal')
  if (since !== schedule.since) return wrong('H72', `is made of what began at ${since} after a change`)
  if (schedule.paused) return wrong('H74', 'is made during a pause')
  if (!segment.occurrences.includes(at)) return wrong('P12', 'is no occurrence of the rule')
  const isBefore = at < segment.from - NEAR_MS && !(segment.isFresh && happensOnce(schedule))
  if (isBefore) return wrong(segment.isFresh ? 'H72' : 'H74', 'was long past when the change was made')
  const twin = [...segment.works].find(
    each => each !== since && seen.rows.has(occurrenceTaskId(life.id, each, at)) && isOwn(segment, at),
  )
  if (twin !== undefined) return wrong('H70', `was made of what began at ${twin} as well`)
  const last = seen.rows.get(life.lastTask ?? '')
  if (schedule.overlap === 'skip' && last && last.id !== id && !isTerminal(last.state))
    return wrong('H76', `is made while ${last.id} has not ended`)
  return undefined
}

/** Not by a backfill. */
function isOwn({ decided }: Segment, at: number): boolean {
  return decided.has(at)
}
