import type { Instant } from '../../../shared/core/task.ts'
import { occurrenceTaskId } from '../../../shared/core/task-id.ts'
import type { Schedule } from '../../../shared/schedules/schedule.ts'
import { occurrencesOf } from './calendar.ts'

/** A time of a schedule in which nothing has changed that says when it fires. */
export interface Segment {
  readonly schedule: Schedule
  /** When those that make another task than the one before began. */
  readonly works: Set<Instant>
  /** When the first of them was written, and when the next change was. */
  readonly from: Instant
  to: Instant | undefined
  /** Whether the change has looked at what was due first. */
  isLookedAtLast: boolean
  /** Its rule is new: it does not go on with what was there before. */
  readonly isFresh: boolean
  /** Every occurrence has to become a task, sooner or later. */
  isStrict: boolean
  /** Tasks are made ahead of their time. */
  isAhead: boolean
  /** All occurrences of its rule, from shortly before the history on. */
  readonly occurrences: readonly Instant[]
  /** When somebody last began to look at all that is due, and came to an end with it; before all time when nobody has. */
  lookedAt: Instant
  /** Of which lines tell what has become. */
  readonly decided: Set<Instant>
  readonly missed: (readonly [after: Instant, until: Instant])[]
  decidedUntil: Instant
}

/** What is known from outside of one schedule, under an id that may be used again after a removal. */
export interface Life {
  readonly id: string
  /** As its record is. */
  schedule: Schedule | undefined
  segment: Segment | undefined
  /** Each task and rule that it was ever given, under the time that stands for both. */
  readonly works: Map<Instant, string>
  /** The task of the latest occurrence that became one. */
  lastTask: string | undefined
}

/** @param start of the history @param isLimited tasks may be refused */
export function nextSegment(life: Life, schedule: Schedule, start: Instant, now: Instant, isLimited: boolean): Segment {
  const { schedule: before, segment } = life
  if (before && segment && isSameTime(before, schedule)) {
    segment.works.add(schedule.since)
    segment.isStrict &&= isStrict(schedule)
    segment.isAhead &&= schedule.overlap === 'allow'
    return segment
  }
  const { startAt = 0, endAt = Number.POSITIVE_INFINITY } = schedule
  return {
    schedule,
    works: new Set([schedule.since]),
    from: now,
    to: undefined,
    isLookedAtLast: false,
    isFresh: before === undefined || same(before.rule) !== same(schedule.rule),
    isStrict: !isLimited && isStrict(schedule),
    isAhead: schedule.overlap === 'allow',
    occurrences: occurrencesOf(schedule.rule, start - 3_600_000).filter(at => at >= startAt && at <= endAt),
    lookedAt: Number.NEGATIVE_INFINITY,
    decided: new Set(),
    missed: [],
    decidedUntil: schedule.decidedUntil,
  }
}

/** With so many that it may make up for, none is ever given up in a history. */
function isStrict({ overlap, catchUp }: Schedule): boolean {
  return overlap === 'allow' && catchUp === 100
}

/** Whether nothing has changed that says when it fires. */
function isSameTime(one: Schedule, other: Schedule): boolean {
  const when = ({ rule, startAt, endAt, paused }: Schedule) => same([rule, startAt, endAt, paused !== undefined])
  return when(one) === when(other)
}

const same = (value: unknown) => JSON.stringify(value)

export function happensOnce({ rule }: Schedule): boolean {
  return rule.kind === 'at' || rule.kind === 'after'
}

/** What is made, by which rule: the task of an occurrence is the same one as long as neither changes. */
export function workOf({ rule, task, startAt, jitterMs }: Schedule): string {
  return same([rule, task, startAt, jitterMs])
}

/** When that began whose task has this id. */
export function beginningOf({ id: schedule, works }: Life, id: string, at: Instant): Instant | undefined {
  return [...works.keys()].find(since => occurrenceTaskId(schedule, since, at) === id)
}
