import { type Instant, isTerminal, isWaiting } from '../core/task.ts'
import type { CountedRow } from '../ports/table-changes.ts'

/** A number to be added to an attribute of an item of counters. */
export interface Delta {
  readonly item: string
  readonly attribute: string
  readonly by: number
}

/** Partition of the counters in the app table. */
export const STATS_PARTITION = 'stats'

/** Rows by state and name. Several items share this count: their sort keys begin so. */
export const COUNTS = 'counts#'
/** Ends by state and name, an item for each minute. */
export const ENDS = 'end#'
/** Waiting rows, an item for each minute in which they are due: so many of each name, and so many in each second. */
export const DUE = 'due#'
export const DUE_NAME = 'w#'
export const DUE_SECOND = 's#'

/** No counter begins so: which record of a shard was the last to be counted. */
export const FENCE = 'f#'
/** How often an item of counters was written. */
export const REVISION = 'r'

const MINUTE_MS = 60_000
const SECOND_MS = 1_000
const MINUTE_LENGTH = '2031-05-17T10:00'.length

/** Sorts as the time does. */
export function minuteOf(time: Instant): string {
  return new Date(time).toISOString().slice(0, MINUTE_LENGTH)
}

/** The start of a minute as `minuteOf` writes it. */
export function startOfMinute(minute: string): Instant {
  return Date.parse(`${minute}Z`)
}

export function secondOf(time: Instant): number {
  return Math.floor((time % MINUTE_MS) / SECOND_MS)
}

/** What a change of a row adds to the counters. The same for a row that is counted by itself: it comes out of nothing. */
export function deltasOf(before: CountedRow | undefined, after: CountedRow | undefined): Delta[] {
  return [...countDeltas(before, after), ...endDeltas(before, after), ...dueDeltas(before, after)]
}

function countDeltas(before: CountedRow | undefined, after: CountedRow | undefined): Delta[] {
  const [from, to] = [before && counterOf(before), after && counterOf(after)]
  if (from === to) return []
  return [
    ...(from === undefined ? [] : [{ item: COUNTS, attribute: from, by: -1 }]),
    ...(to === undefined ? [] : [{ item: COUNTS, attribute: to, by: 1 }]),
  ]
}

/** A row that is removed does not end, it has ended; a requeue does not undo an end. */
function endDeltas(before: CountedRow | undefined, after: CountedRow | undefined): Delta[] {
  if (!before || !after || before.state === after.state) return []
  if (!isTerminal(after.state) || after.finishedAt === undefined) return []
  return [{ item: ENDS + minuteOf(after.finishedAt), attribute: counterOf(after), by: 1 }]
}

function dueDeltas(before: CountedRow | undefined, after: CountedRow | undefined): Delta[] {
  const [from, to] = [before && placeInTime(before), after && placeInTime(after)]
  if (from && to && from.item === to.item && from.name === to.name && from.second === to.second) return []
  return [...dueDelta(from, -1), ...dueDelta(to, 1)]
}

interface PlaceInTime {
  readonly item: string
  readonly name: string
  readonly second: string
}

function placeInTime({ name, state, runAt }: CountedRow): PlaceInTime | undefined {
  if (!isWaiting(state)) return undefined
  return { item: DUE + minuteOf(runAt), name: DUE_NAME + name, second: DUE_SECOND + secondOf(runAt) }
}

function dueDelta(place: PlaceInTime | undefined, by: number): Delta[] {
  if (!place) return []
  const { item, name, second } = place
  return [
    { item, attribute: name, by },
    { item, attribute: second, by },
  ]
}

function counterOf({ state, name }: CountedRow): string {
  return `${state}#${name}`
}
