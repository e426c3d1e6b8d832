/**
 * Names that the stacks and the code at run time must agree on. The stacks import them from here, and nothing else of the code.
 */

/** Environment variables of the functions. Each is set only where its function needs it. */
export const variables = {
  stage: 'PULSE_STAGE',
  logLevel: 'PULSE_LOG_LEVEL',
  tasksTable: 'PULSE_TASKS_TABLE',
  appTable: 'PULSE_APP_TABLE',
  /** JSON: lane → `{ url, arn }`. */
  queues: 'PULSE_QUEUES',
  quarantineUrl: 'PULSE_QUARANTINE_URL',
  /** JSON: lane → id of the event source mapping. */
  mappings: 'PULSE_MAPPINGS',
  timerGroup: 'PULSE_TIMER_GROUP',
  timerRole: 'PULSE_TIMER_ROLE_ARN',
  reconcileArn: 'PULSE_RECONCILE_ARN',
  /** JSON: `ScheduleTimerPlaces`. */
  scheduleTimers: 'PULSE_SCHEDULE_TIMERS',
  retentionDays: 'PULSE_RETENTION_DAYS',
  /** `accounts`: the functions check tokens and API keys; `iam`: who may call is decided by AWS; `none`: everybody may. */
  apiAuth: 'PULSE_API_AUTH',
  /** JSON: `AccountSettings`. */
  accounts: 'PULSE_ACCOUNTS',
  /** Where the secret of accounts lies, for the one function that may read it. Never the secret itself (SEC-44). */
  secretArn: 'PULSE_SECRET_ARN',
} as const

/** Settings of a stage about accounts, as the functions are told them. */
export interface AccountSettings {
  readonly registration: 'open' | 'invited'
  readonly accessTokenMinutes: number
  readonly refreshTokenDays: number
  readonly maxFailedAttempts: number
  readonly lockoutSeconds: number
  readonly userRateLimitPerHour: number
  readonly rateLimitPerHour: number
  readonly limitAdmins: boolean
  readonly unusedKeyDays: number
}

/** What the timers of schedules are made with. */
export interface ScheduleTimerPlaces {
  readonly group: string
  /** What they act as. */
  readonly roleArn: string
  /** The function that they call. */
  readonly occurrenceArn: string
  /** Where calls end that AWS could not make. */
  readonly lostFiresArn: string
}

/** The queues: one for each priority, and one for tasks that take so long that they would hold up a batch. */
export const lanes = ['1', '2', '3', '4', '5', 'long'] as const
export type Lane = (typeof lanes)[number]

/** The lane in which the hints of a task travel. */
export function laneOf(priority: 1 | 2 | 3 | 4 | 5, isLong: boolean): Lane {
  return isLong ? 'long' : `${priority}`
}

/** Key and index attributes of the tasks table. Short: every write bills the whole row. */
export const tasksTable = {
  partitionKey: 'pk',
  sortKey: 'sk',
  /** Epoch seconds; present only on rows that have ended (H85). */
  ttl: 'ttl',
  /** Immutable, sharded, KEYS_ONLY: newest first by owner, and by task name. */
  byOwner: { index: 'by-owner', partitionKey: 'o', sortKey: 'c' },
  byName: { index: 'by-name', partitionKey: 'n', sortKey: 'c' },
  /** Sparse: only rows in state DEAD are in it. */
  dead: { index: 'dead', partitionKey: 'dp', sortKey: 'ds' },
} as const

/** What is about the queue rather than about one task: counters, reconcile's places, secrets. */
export const appTable = { partitionKey: 'pk', sortKey: 'sk', ttl: 'ttl' } as const

/** Metrics that the functions print in CloudWatch's embedded format, by stage. */
export const metrics = {
  namespace: 'Pulse',
  dimension: 'Stage',
  /** What reconcile had to repair: hints sent again, counters set right, and occurrences that nobody had looked at. */
  repaired: 'Repaired',
  /** Messages that nobody could process and that were put aside. */
  quarantined: 'Quarantined',
  /** Hints of tasks that do not exist. */
  unknownTasks: 'UnknownTasks',
  /** Sessions that ended because their refresh token came a second time. */
  sessionsReused: 'SessionsReused',
} as const

/** Names of the functions of a stage, so that the command line finds them. */
export const functionNames = [
  'tasks',
  'schedules',
  'ops',
  'auth',
  'worker',
  'occurrence',
  'dead-letter',
  'reconcile',
  'changes',
] as const
export type FunctionName = (typeof functionNames)[number]
/** What a stage without accounts has, too. */
export type QueueFunctionName = Exclude<FunctionName, 'auth'>

/** Everything of a stage that has a name begins with this. */
export function stagePrefix(stage: string): string {
  return `pulse-${stage}`
}

/** Where the timers of schedules live, apart from those that fire once. No name of a stage has an underscore in it. */
export function scheduleGroup(stage: string): string {
  return `${stagePrefix(stage)}_schedules`
}

/** Longest timeout of a task on Lambda, in milliseconds: a function's own limit of 15 minutes less what ending an attempt takes. */
export const LONGEST_TIMEOUT_MS = 14 * 60_000

/** Tasks whose timeout exceeds this travel in the lane `long`, one at a time. */
export const LONG_TIMEOUT_MS = 60_000
