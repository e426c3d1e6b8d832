import type { Counted } from './meter.ts'
import type { Rest } from './rest.ts'

/** What one task costs, part by part. */
export interface Life {
  readonly submit: Counted
  readonly run: Counted
  /** The counters, which follow the change stream. */
  readonly counters: Counted
}

/** Everything that docs/cost.md tells and the budget is about: each per task, or per call. */
export interface Figures {
  readonly lives: Readonly<Record<LifeName, Life>>
  readonly attempts: Readonly<Record<AttemptName, Counted>>
  readonly calls: Readonly<Record<string, Counted>>
  readonly backlogs: readonly Backlog[]
  /** A whole pass, per row of the table. */
  readonly reconcile: Counted
  readonly rest: Rest
  readonly restWithoutAccounts: Rest
  readonly accounts: AccountFigures
  readonly schedules: Readonly<Record<ScheduleStepName, Counted>>
}

/** What accounts cost. */
export interface AccountFigures {
  /** Beside what the request costs without them, once the process knows who calls. */
  readonly onTop: Readonly<Record<CredentialName, Counted>>
  readonly calls: Readonly<Record<AccountCallName, Counted>>
}

export type CredentialName = 'withToken' | 'withKey'
export type AccountCallName = 'logIn' | 'refresh'

export type LifeName = 'singly' | 'inBatches' | 'randomSingly' | 'randomInBatches' | 'nowAndThen'
/** What schedules do; the tasks that they make run as others do. */
export type ScheduleStepName = 'create' | 'occurrence' | 'idleFire' | 'remove'
export type AttemptName = 'succeeds' | 'isRetried' | 'isTheLast'

/** The same drive behind so many tasks that wait. */
export interface Backlog {
  readonly waiting: number
  readonly submit: Counted
  readonly submitInBatches: Counted
  readonly run: Counted
  readonly list: Counted
}
