import type { BackoffSpec, Duration } from './backoff.ts'
import type { TaskDefinition } from './definition.ts'
import type { Priority, Tags } from './task.ts'

/** When: exactly one of these. */
export type ScheduleRule = DeclaredRule | AfterRule

/** `after` counts from when somebody asks, which a declaration does not say. */
type DeclaredRule = CronRule | EveryRule | AtRule

interface CronRule {
  /** Five fields: minute, hour, day of month, month, day of week. Or `@daily` and the like. */
  readonly cron: string
  /** IANA name; UTC by default. */
  readonly timeZone?: string
  readonly every?: never
  readonly at?: never
  readonly after?: never
}

interface EveryRule {
  /** Whole seconds, from 1s to 365d. */
  readonly every: Duration
  readonly cron?: never
  readonly timeZone?: never
  readonly at?: never
  readonly after?: never
}

interface AtRule {
  /** Once. A text is RFC 3339. */
  readonly at: Date | string
  readonly cron?: never
  readonly timeZone?: never
  readonly every?: never
  readonly after?: never
}

interface AfterRule {
  /** Once, so long from now. */
  readonly after: Duration
  readonly cron?: never
  readonly timeZone?: never
  readonly every?: never
  readonly at?: never
}

/** What is chosen about a schedule beside its rule. */
export interface ScheduleDetails {
  /** What people call it; the name of its task by default. */
  readonly name?: string
  /** Nothing fires before and after these. Texts are RFC 3339. */
  readonly startAt?: Date | string
  readonly endAt?: Date | string
  /** Each task runs up to so much later than its occurrence. */
  readonly jitter?: Duration
  /** What happens while the task before has not ended; `allow` by default. */
  readonly overlap?: Overlap
  /** What is made up for after nobody looked for a while: nothing, the latest (default), or that many of the latest. */
  readonly catchUp?: CatchUp
  /** Of the schedule itself, as `tags` are. */
  readonly description?: string
  readonly tags?: Tags
  readonly task?: TaskDetails
}

/** What is chosen about each task, beside its input; what is absent comes from the task's definition. */
export interface TaskDetails {
  readonly priority?: Priority
  readonly maxAttempts?: number
  readonly backoff?: BackoffSpec
  readonly timeout?: Duration
  /** No attempt starts later than this after the task may run. */
  readonly expiresIn?: Duration
  readonly title?: string
  readonly description?: string
  readonly tags?: Tags
}

/** When, and how, a schedule makes tasks. It is told from the others by its name. */
export type ScheduleDeclaration = DeclaredRule & ScheduleDetails

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
  /** As a request for it would say it. What is wrong with it is told when the tasks are loaded. */
  readonly request: Readonly<Record<string, unknown>>
}

const scheduleBrand = Symbol.for('pulse.schedule')

/** Declares a schedule of a task. Export it beside the tasks. */
export function defineSchedule<Input, Output, Raw>(
  task: TaskDefinition<Input, Output, Raw>,
  input: NoInfer<Raw>,
  declaration: ScheduleDeclaration,
): ScheduleDefinition {
  const { name = task.name, task: details, ...rest } = declaration
  return {
    [scheduleBrand]: true,
    name,
    request: { ...rest, name, task: { ...details, name: task.name, payload: input } },
  }
}

export function isScheduleDefinition(value: unknown): value is ScheduleDefinition {
  return typeof value === 'object' && value !== null && scheduleBrand in value
}
