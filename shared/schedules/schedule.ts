import type { Rule, RuleRequest } from '../calendar/rule.ts'
import type { CatchUp, Overlap, ScheduledTask } from '../core/schedule-definition.ts'
import type { Instant, Tags } from '../core/task.ts'

export const overlaps = ['allow', 'skip'] as const satisfies readonly Overlap[]
/** Most missed occurrences that a schedule may make up for. */
export const MAX_CATCH_UP = 100

/** What a person decides about a schedule, beside its rule. */
export interface ScheduleOptions {
  readonly startAt?: Instant
  readonly endAt?: Instant
  /** Each occurrence's task runs up to so much later, always the same for the same occurrence. */
  readonly jitterMs?: number
  readonly overlap: Overlap
  readonly catchUp: CatchUp
  readonly description?: string
  readonly tags?: Tags
}

/** A new schedule, as the edges hand it over: checked in form, times in milliseconds. */
export interface ScheduleRequest extends Partial<ScheduleOptions>, RuleRequest {
  readonly name: string
  readonly task: ScheduledTask
  readonly paused?: boolean
}

/** `null` removes, absence leaves alone. A rule replaces the whole rule; another `cron` keeps the time zone. */
export interface ScheduleEdit extends RuleRequest {
  readonly name?: string
  readonly task?: ScheduledTask
  readonly startAt?: Instant | null
  readonly endAt?: Instant | null
  readonly jitterMs?: number | null
  readonly overlap?: Overlap
  readonly catchUp?: CatchUp
  readonly description?: string | null
  readonly tags?: Tags | null
}

/** What is stored of a schedule: its record is the truth, timers are hints. */
export interface Schedule extends ScheduleOptions {
  readonly id: string
  readonly owner: string
  readonly name: string
  readonly task: ScheduledTask
  readonly rule: Rule
  /** Of the declaration beside the tasks that it follows; absent once somebody has edited it, so that the next deploy undoes that. */
  readonly declaredAs?: string
  /** It is declared beside the tasks, and goes when the declaration goes. */
  readonly declared?: true
  /** Of the request that made it, when that had an Idempotency-Key. */
  readonly fingerprint?: string
  readonly paused?: { readonly at: Instant; readonly by: string; readonly reason?: string }
  /** Starts at 1, one more with each change by a person. */
  readonly generation: number
  /**
   * When it began to make this task by this rule. The ids of its tasks follow from it: an occurrence is the same one after a pause or
   * another name, and another one after a change of what is made or when, or in a schedule that was removed and made again.
   */
  readonly since: Instant
  readonly createdAt: Instant
  readonly updatedAt: Instant
  /** Up to here it is decided what becomes of each occurrence. */
  readonly decidedUntil: Instant
  /** Decided, and not yet known to be carried out. */
  readonly deciding?: readonly Fire[]
  /** The next occurrence that is not decided; absent when there is none or it is paused. */
  readonly nextAt?: Instant
  /** When somebody has to look at it next: the place of its entry among the due ones. */
  readonly dueAt?: Instant
  /** Of the rule that the timers know; 0 for none. */
  readonly armed: number
  /** Version of its entry in the list of its owner. */
  readonly listed: number
  /** The latest fire that made a task. */
  readonly last?: Fire
}

export const fireOutcomes = ['fired', 'triggered', 'backfilled', 'overlapping', 'missed', 'refused'] as const
export type FireOutcome = (typeof fireOutcomes)[number]

/** What became of an occurrence. */
export interface Fire {
  readonly scheduledFor: Instant
  /** When it was decided. */
  readonly firedAt: Instant
  readonly outcome: FireOutcome
  /** The task that it made. */
  readonly taskId?: string
  /** Of missed ones: how many this line stands for; the latest is named. At most 1,000 are counted. */
  readonly count?: number
  /** Why it was refused. */
  readonly detail?: string
}
