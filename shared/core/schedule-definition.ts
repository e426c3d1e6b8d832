import type { BackoffSpec, Duration } from './backoff.ts'
import type { TaskDefinition } from './definition.ts'
import { duration } from './duration.ts'
import { present } from './present.ts'
import type { Instant, Priority, Tags } from './task.ts'

/** When, and how, a schedule makes tasks. Exactly one of `cron`, `every` and `at`. */
export interface ScheduleDeclaration {
  /** Tells the schedule from the others; the name of its task by default. */
  readonly name?: string
  /** Five fields: minute, hour, day of month, month, day of week. */
  readonly cron?: string
  /** IANA name, for `cron`; UTC by default. */
  readonly timeZone?: string
  /** At least a second. */
  readonly every?: Duration
  /** Once. A text is RFC 3339. */
  readonly at?: Date | string
  /** Nothing fires before and after these. */
  readonly startAt?: Date | string
  readonly endAt?: Date | string
  /** Each task runs up to so much later than its occurrence. */
  readonly jitter?: Duration
  /** What happens while the task before has not ended; `allow` by default. */
  readonly overlap?: Overlap
  /** What is made up for after nobody looked for a while: nothing, the latest (default), or that many of the latest. */
  readonly catchUp?: CatchUp
  readonly description?: string
  readonly priority?: Priority
  readonly maxAttempts?: number
  readonly backoff?: BackoffSpec
  readonly timeout?: Duration
  /** No attempt starts later than this after the task may run. */
  readonly expiresIn?: Duration
  readonly title?: string
  readonly tags?: Tags
}

/** The task that each occurrence makes: what a submit takes, with times that are counted from the occurrence. */
export interface ScheduledTask {
  readonly name: string
  readonly payload?: unknown
  readonly priority?: Priority
  readonly maxAttempts?: number
  readonly backoff?: BackoffSpec
  readonly timeoutMs?: number
  /** No attempt starts later than this after the task may run. */
  readonly expiresInMs?: number
  readonly title?: string
  readonly description?: string
  readonly tags?: Tags
}

/** What happens to an occurrence while the task of the one before has not ended. */
export type Overlap = 'allow' | 'skip'

/** What is made up for after nobody looked for a while: nothing, the latest occurrence, or that many of the latest. */
export type CatchUp = 'skip' | 'one' | number

/** A schedule that is declared beside the tasks: each deploy, and each start of an embedded server, makes it so. */
export interface ScheduleDefinition {
  readonly [scheduleBrand]: true
  readonly name: string
  readonly task: ScheduledTask
  readonly at?: Instant
  readonly everyMs?: number
  readonly cron?: string
  readonly timeZone?: string
  readonly startAt?: Instant
  readonly endAt?: Instant
  readonly jitterMs?: number
  readonly overlap?: Overlap
  readonly catchUp?: CatchUp
  readonly description?: string
}

const scheduleBrand = Symbol.for('pulse.schedule')

/**
 * Declares a schedule of a task. Export it beside the tasks.
 * @throws TypeError for a time or a length of time that is none; the rule itself is checked when the tasks are loaded
 */
export function defineSchedule<Input, Output, Raw>(
  task: TaskDefinition<Input, Output, Raw>,
  input: NoInfer<Raw>,
  declaration: ScheduleDeclaration,
): ScheduleDefinition {
  const { name = task.name, at, every, startAt, endAt, jitter, ...rest } = declaration
  const { priority, maxAttempts, backoff, timeout, expiresIn, title, tags, ...rule } = rest
  const submitted = {
    priority,
    maxAttempts,
    backoff,
    title,
    tags,
    ...lengths({ timeoutMs: timeout, expiresInMs: expiresIn }),
  }
  return {
    [scheduleBrand]: true,
    name,
    task: { name: task.name, ...present({ payload: input, ...submitted }) },
    ...present({ ...rule, ...times({ at, startAt, endAt }), ...lengths({ everyMs: every, jitterMs: jitter }) }),
  }
}

export function isScheduleDefinition(value: unknown): value is ScheduleDefinition {
  return typeof value === 'object' && value !== null && scheduleBrand in value
}

function lengths(given: Readonly<Record<string, Duration | undefined>>): Record<string, number | undefined> {
  return Object.fromEntries(
    Object.entries(given).map(([field, value]) => [field, value === undefined ? undefined : duration(value)]),
  )
}

function times(given: Readonly<Record<string, Date | string | undefined>>): Record<string, Instant | undefined> {
  return Object.fromEntries(
    Object.entries(given).map(([field, value]) => [field, value === undefined ? undefined : instant(field, value)]),
  )
}

function instant(field: string, value: Date | string): Instant {
  const at = new Date(value).getTime()
  if (Number.isNaN(at)) throw new TypeError(`${field}: "${value}" is no time: write it as 2026-12-24T18:00:00Z`)
  return at
}
