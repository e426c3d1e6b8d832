import type { Data } from './data.ts'
import type { Queues } from './queues.ts'
import type { Schedules } from './schedules.ts'
import type { Settings } from './settings.ts'
import type { Timers } from './timers.ts'

/** What the functions work on. */
export interface Parts {
  readonly settings: Settings
  readonly data: Data
  readonly queues: Queues
  readonly timers: Timers
  readonly schedules: Schedules
}

/** What takes hints from the lanes to the worker; turned off while a lane is paused. */
export interface Mappings {
  /** By lane, as JSON. */
  readonly ids: string
  readonly arns: readonly string[]
  readonly functionArn: string
}
