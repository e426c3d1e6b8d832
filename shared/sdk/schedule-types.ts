import type { BackoffSpec } from '../core/backoff.ts'
import type { Priority, Tags } from '../core/task.ts'

/** What a schedule makes at each occurrence. Lengths of time are ISO 8601. */
export interface ScheduledTask<Payload = unknown> {
  readonly name: string
  /** Undefined when it has none. */
  readonly payload: Payload
  readonly priority?: Priority
  readonly maxAttempts?: number
  readonly backoff?: BackoffSpec
  readonly timeout?: string
  readonly expiresIn?: string
  readonly title?: string
  readonly description?: string
  readonly tags?: Tags
}

/** What the API answers of a schedule in a list. Times are RFC 3339 texts in UTC, lengths of time ISO 8601. */
export interface ScheduleSummary {
  readonly id: string
  readonly name: string
  /** A FINISHED one has no occurrence ahead. */
  readonly state: 'ACTIVE' | 'PAUSED' | 'FINISHED'
  readonly task: Omit<ScheduledTask, 'payload'>
  readonly kind: 'at' | 'after' | 'every' | 'cron'
  /** One of these four, as `kind` says. */
  readonly at?: string
  readonly after?: string
  readonly every?: string
  readonly cron?: string
  /** Of `cron`. */
  readonly timeZone?: string
  /** The rule in words. */
  readonly text: string
  /** The next occurrence that will be fired; absent while it is paused. */
  readonly nextAt?: string
  /** Up to five occurrences ahead, by the rule alone: a pause holds them back. */
  readonly next: readonly string[]
  /** The latest occurrence that made a task. */
  readonly last?: { readonly scheduledFor: string; readonly firedAt: string; readonly taskId?: string }
  readonly paused: boolean
  readonly pausedAt?: string
  readonly pausedBy?: string
  readonly pauseReason?: string
  readonly overlap: 'allow' | 'skip'
  readonly catchUp: 'skip' | 'one' | number
  readonly jitter?: string
  readonly startAt?: string
  readonly endAt?: string
  readonly description?: string
  readonly tags?: Tags
  /** It is declared beside the tasks: a deploy undoes what is edited. */
  readonly declared: boolean
  /** One more with each change by a person; for `edit(…, { ifGeneration })`. */
  readonly generation: number
  readonly createdAt: string
  readonly updatedAt: string
}

/** A schedule as it is read by its id. */
export interface Schedule<Payload = unknown> extends ScheduleSummary {
  readonly task: ScheduledTask<Payload>
}

/** What became of an occurrence. */
export interface Occurrence {
  readonly scheduledFor: string
  /** When it was decided; absent for what is ahead, as all that follows. */
  readonly firedAt?: string
  readonly outcome?: 'fired' | 'triggered' | 'backfilled' | 'overlapping' | 'missed' | 'refused'
  /** The task that it made. */
  readonly taskId?: string
  /** Of missed ones: how many this line stands for, the latest of which is named. */
  readonly count?: number
  /** Why it was refused. */
  readonly detail?: string
}

export interface Backfill {
  readonly items: readonly {
    readonly scheduledFor: string
    readonly taskId: string
    /** `made`, or would be; `present`: its task was there already. */
    readonly outcome: 'made' | 'present' | 'refused'
    readonly detail?: string
  }[]
  readonly dryRun: boolean
}
