import type { Duration } from '../core/backoff.ts'
import type { ScheduleDeclaration } from '../core/schedule-definition.ts'
import type { Tags } from '../core/task.ts'
import type { CallOptions } from './options.ts'
import type { ScheduledTask, ScheduleSummary } from './schedule-types.ts'

/** A schedule by its id, or as any call answers it. */
export type ScheduleRef = string | ScheduleSummary

/** When: exactly one of these. */
export type ScheduleRule =
  | {
      /** Five fields: minute, hour, day of month, month, day of week. Or `@daily` and the like. */
      readonly cron: string
      /** IANA name; UTC by default. */
      readonly timeZone?: string
      readonly every?: never
      readonly at?: never
      readonly after?: never
    }
  | {
      /** Whole seconds, from 1s to 365d. */
      readonly every: Duration
      readonly cron?: never
      readonly timeZone?: never
      readonly at?: never
      readonly after?: never
    }
  | {
      /** Once. A text is RFC 3339. */
      readonly at: Date | string
      readonly cron?: never
      readonly timeZone?: never
      readonly every?: never
      readonly after?: never
    }
  | {
      /** Once, so long from now. */
      readonly after: Duration
      readonly cron?: never
      readonly timeZone?: never
      readonly every?: never
      readonly at?: never
    }

/** As `defineSchedule` takes them: `description` is about the schedule, `title` and `tags` go to each task. */
export type ScheduleOptions = ScheduleRule &
  Omit<ScheduleDeclaration, keyof ScheduleRule> &
  CallOptions & {
    /** Fires nothing until it is resumed. */
    readonly paused?: boolean
    /** The same key with the same schedule gives the same schedule. Made anew for each call by default. */
    readonly idempotencyKey?: string
  }

/** `null` removes, absence leaves alone. A rule replaces the rule; another `cron` keeps the time zone. */
export interface ScheduleChanges {
  readonly name?: string
  /** Replaces the whole task: start from that of the schedule to change a part of it. */
  readonly task?: Omit<ScheduledTask, 'timeout' | 'expiresIn'> & {
    readonly timeout?: Duration
    readonly expiresIn?: Duration
  }
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
