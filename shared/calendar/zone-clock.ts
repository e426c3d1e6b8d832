import type { Instant } from '../core/task.ts'
import type { WallTime } from './wall-times.ts'

const DAY_MS = 86_400_000

/** Offsets are worked out for a block at a time and kept: one formatting costs as much as finding an occurrence. */
const BLOCK_MS = 366 * DAY_MS
const MOST_BLOCKS = 10_000
/** Formatters are large, and needed only while a block is worked out. */
const MOST_FORMATTERS = 20

/** How often the offset is looked at. No zone has ever changed its clock twice within seven days, nor will by the rules known. */
const STEP_MS = 2 * DAY_MS
/** No two clocks are further apart than 26 hours, so no clock can be put back by more than that. */
export const MARGIN_MS = 2 * DAY_MS

/** A stretch of time in which a zone's clock is not changed, from `start` to before `end`. */
export interface Stretch {
  readonly start: Instant
  readonly end: Instant
  /** What the wall shows less UTC, in milliseconds. */
  readonly offsetMs: number
  /** Before this, the wall shows what it has shown once already. May be after `endWall`. */
  readonly firstWall: WallTime
  /** What the wall would show at `end`. */
  readonly endWall: WallTime
}

const blocks = new Map<string, readonly Stretch[]>()
const formatters = new Map<string, Intl.DateTimeFormat>()

/**
 * The stretch that an instant lies in.
 * @throws RangeError for a zone that is not known
 */
export function stretchAt(timeZone: string, instant: Instant): Stretch {
  const number = Math.floor(instant / BLOCK_MS)
  const key = `${timeZone} ${number}`
  const block = blocks.get(key) ?? keep(blocks, MOST_BLOCKS, key, workOut(timeZone, number))
  const found = block.find(({ end }) => instant < end)
  if (!found) throw new RangeError(`${instant} is no time`)
  return found
}

function workOut(timeZone: string, number: number): readonly Stretch[] {
  const start = number * BLOCK_MS
  const end = start + BLOCK_MS
  // Begun early, so that a change shortly before the block still tells which times come a second time in it.
  const early = start - MARGIN_MS
  const changes = changesBetween(timeZone, early, end)
  let shown = Number.NEGATIVE_INFINITY
  return [early, ...changes]
    .map((from, index): Stretch => {
      const to = changes[index] ?? end
      const offsetMs = offsetAt(timeZone, from)
      const inBlock = Math.max(from, start)
      const firstWall = Math.max(shown, inBlock + offsetMs)
      shown = Math.max(shown, to + offsetMs)
      return { start: inBlock, end: to, offsetMs, firstWall, endWall: to + offsetMs }
    })
    .filter(stretch => stretch.start < stretch.end)
}

/** The instants after `from` from which on another offset holds, to `to` and perhaps a little beyond. */
function changesBetween(timeZone: string, from: Instant, to: Instant): Instant[] {
  const changes: Instant[] = []
  let offset = offsetAt(timeZone, from)
  for (let at = from; at < to; at += STEP_MS) {
    const next = at + STEP_MS
    const offsetThen = offsetAt(timeZone, next)
    if (offsetThen !== offset) changes.push(changeBetween(timeZone, at, next))
    offset = offsetThen
  }
  return changes
}

/** Clocks change at whole seconds. */
function changeBetween(timeZone: string, from: Instant, to: Instant): Instant {
  const offset = offsetAt(timeZone, from)
  let [before, after] = [from / 1_000, to / 1_000]
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2)
    if (offsetAt(timeZone, middle * 1_000) === offset) before = middle
    else after = middle
  }
  return after * 1_000
}

const OFFSET = /GMT(?:([+-])(\d\d):(\d\d)(?::(\d\d))?)?$/

function offsetAt(timeZone: string, instant: Instant): number {
  const formatter =
    formatters.get(timeZone) ??
    keep(
      formatters,
      MOST_FORMATTERS,
      timeZone,
      new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset' }),
    )
  const [, sign, hours, minutes, seconds = 0] = OFFSET.exec(formatter.format(instant)) ?? []
  const ms = (Number(hours ?? 0) * 3_600 + Number(minutes ?? 0) * 60 + Number(seconds)) * 1_000
  return sign === '-' ? -ms : ms
}

function keep<Value>(cache: Map<string, Value>, most: number, key: string, value: Value): Value {
  if (cache.size >= most) cache.clear()
  cache.set(key, value)
  return value
}
