import type { Accounts } from './accounts.ts'
import type { Api } from './api.ts'
import type { Changes } from './changes.ts'
import type { DeadLetter } from './dead-letter.ts'
import type { Occurrence } from './occurrence.ts'
import type { Parts } from './parts.ts'
import type { Reconcile } from './reconcile.ts'
import type { Workers } from './workers.ts'

/** What alarms and the dashboard show. */
export interface Watched extends Parts {
  readonly workers: Workers
  readonly deadLetter: DeadLetter
  readonly occurrence: Occurrence
  readonly reconcile: Reconcile
  readonly changes: Changes
  readonly api: Api
  /** Absent where there are none. */
  readonly accounts: Accounts | undefined
}
