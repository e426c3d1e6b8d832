import type { Duration } from '../core/backoff.ts'
import type { ScheduleDetails, ScheduleRule, TaskDetails } from '../core/schedule-definition.ts'
import type { Tags } from '../core/task.ts'
import type { CallOptions } from './options.ts'
import type { ScheduleSummary } from './schedule-types.ts'

export type { ScheduleRule, TaskDetails }

/** A schedule by its id, or as any call answers it. */
export type ScheduleRef = string | ScheduleSummary

/** As `defineSchedule` takes them, and as an edit does: `tags` and `description` are of the schedule, those in `task` go to each task. */
export type ScheduleOptions = ScheduleRule &
  ScheduleDetails &
  CallOptions & {
    /** Fires nothing until it is resumed. */
    readonly paused?: boolean
    /** The same key with the same schedule gives the same schedule. Made anew for each call by default. */
    readonly idempotencyKey?: string
  }

/** `null` removes, absence leaves alone. A rule replaces the rule; another `cron` keeps the time zone. */
export interface ScheduleChanges {
  readonly name?: string
  /**
   * Replaces the whole task: start from that of the schedule to change a part of it. What `list` gives is not the whole: `get` has the
   * payload.
   */
  readonly task?: TaskDetails & { readonly name: string; readonly payload: unknown }
  readonly cron?: string
  readonly timeZone?: string
  readonly every?: Duration
  readonly at?: Date | string
  readonly after?: Duration
  readonly startAt?: Date | string | null
  readonly endAt?: Date | string | null
  readonly jitter?: Duration | null
  readonly overlap?: 'allow' | 'skip'
  readonly catchUp?: 'skip' | 'one' | number
  readonly description?: string | null
  readonly tags?: Tags | null
}

export interface BackfillOptions extends CallOptions {
  /** Both inclusive, and past. Texts are RFC 3339. */
  readonly from: Date | string
  readonly to: Date | string
  /** Only tells what would be made. */
  readonly dryRun?: boolean
}
