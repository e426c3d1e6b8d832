import type { Backend } from '../../../shared/ports/backend.ts'
import type { ScheduleTimers } from '../../../shared/ports/schedule-timers.ts'
import type { SchedulesEnvironment } from '../../../shared/schedules/environment.ts'
import type { Promised } from './promises.ts'
import type { Settings } from './settings.ts'

/** A rule taken out of the program, to see that somebody notices. */
export interface Plant {
  readonly name: string
  /** Promises of which one must be seen to break. */
  readonly breaks: readonly Promised[]
  readonly settings?: Partial<Settings>
  readonly patch: Patch
}

/** What is put in the place of parts of the program. */
export interface Patch {
  readonly backend?: (backend: Backend, on: Pick<SchedulesEnvironment, 'clock' | 'entropy'>) => Backend
  /** Of the processes that answer people only. */
  readonly apiBackend?: (backend: Backend) => Backend
  readonly timers?: (timers: ScheduleTimers) => ScheduleTimers
  readonly lookaheadMs?: number
  /** The time of a hint is believed, however far ahead. */
  readonly believesHints?: true
  /** Nobody looks at what is due. */
  readonly looksAtNothing?: true
}
