import type { Instant } from '../core/task.ts'
import type { Fire, Schedule } from './schedule.ts'

export interface Created {
  readonly schedule: Schedule
  readonly replayed: boolean
}

export interface SchedulePage {
  readonly schedules: readonly Schedule[]
  readonly next?: string
}

export interface DeclaredReport {
  readonly created: number
  readonly changed: number
  readonly removed: number
}

export interface FirePage {
  readonly fires: readonly Fire[]
  readonly next?: string
}

export interface BackfillRequest {
  /** Both inclusive, and both past. */
  readonly from: Instant
  readonly to: Instant
  /** Only tells what would be made. */
  readonly dryRun?: boolean
}

export interface Backfill {
  readonly items: readonly BackfillItem[]
  readonly dryRun: boolean
}

export interface BackfillItem {
  readonly scheduledFor: Instant
  readonly taskId: string
  /** `made`, or would be; there already; or refused, with the reason. */
  readonly outcome: 'made' | 'present' | 'refused'
  readonly detail?: string
}

export interface DueReport {
  /** Schedules that were looked at. */
  readonly looked: number
  /** Tasks that were made. */
  readonly made: number
  /** Schedules that could not be looked at; they stay due. */
  readonly failed: number
  /** Whether all that is due was looked at. */
  readonly done: boolean
  /** When the next one is due, among those seen. */
  readonly nextAt?: Instant
}
