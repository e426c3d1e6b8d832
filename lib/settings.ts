import * as z from 'zod'
import { functionNames, lanes, variables } from '../shared/aws/names.ts'
import { suggest } from '../shared/core/suggest.ts'

/** Days that CloudWatch can keep logs for. */
const LOG_DAYS = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
]

/** Batches at once: a mapping cannot be told less than 2, so that is what the least urgent lanes get. */
const share = (standard: number) => z.int().min(2).max(1_000).default(standard)
const megabytes = (standard: number) => z.int().min(128).max(10_240).default(standard)
const perHour = (standard: number) => z.int().min(0).max(1_000_000).default(standard)
const EVERY = /^(?:1 (?:minute|hour|day)|(?:[2-9]|[1-9]\d+) (?:minutes|hours))$/

/** Settings of a stage, with their defaults. */
export const settingsSchema = z.strictObject({
  stage: z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,19}$/, 'must be at most 20 small letters, digits and hyphens, and begin with a letter')
    .default('dev')
    .describe('Name of the stage. Everything of it that has a name begins with `pulse-<stage>`.'),
  tasks: z.string().min(1).default('tasks/index.ts').describe('Module that exports the tasks.'),
  restApi: z
    .boolean()
    .default(false)
    .describe('A REST API in place of the HTTP API: for WAF, and for emulators that have no other.'),
  apiAuth: z
    .enum(['accounts', 'iam', 'none'])
    .default('accounts')
    .describe(
      'Who may call: `accounts`, whoever brings a token or API key of an account; `iam`, requests signed by principals that have the permission; `none`, everybody who knows the address.',
    ),
  registration: z
    .enum(['open', 'invited'])
    .default('invited')
    .describe('Who may make an account: `invited`, who has an invitation of an admin; `open`, everybody.'),
  accessTokenMinutes: z.int().min(1).max(1_440).default(30).describe('Minutes that an access token is good for.'),
  refreshTokenDays: z.int().min(1).max(90).default(7).describe('Days that a session may rest.'),
  maxFailedAttempts: z.int().min(1).max(1_000).default(10).describe('Failed logins that cost no time.'),
  lockoutSeconds: z
    .int()
    .min(1)
    .max(86_400)
    .default(900)
    .describe('Longest time between two logins after too many failures; it grows up to that.'),
  userRateLimitPerHour: perHour(500).describe('Requests an hour of one user; 0 for no limit.'),
  rateLimitPerHour: perHour(1_000).describe(
    'Requests an hour of one API key, and of one address that does not say who it is; 0 for no limit.',
  ),
  limitAdmins: z.boolean().default(true).describe('Whether these limits hold for admins, too.'),
  unusedKeyDays: z
    .int()
    .min(1)
    .max(3_650)
    .default(90)
    .describe('API keys that nobody used for so many days stop working.'),
  apiRate: z.int().min(1).max(10_000).default(1_000).describe('Requests per second that the API lets in.'),
  apiBurst: z.int().min(1).max(5_000).default(2_000).describe('Requests that it lets in at once.'),
  apiLogRole: z
    .boolean()
    .default(true)
    .describe(
      'REST API only: give API Gateway the role to write logs, a setting of the whole account and region. `false` where another stack has done so.',
    ),
  concurrency: z
    .strictObject({ '1': share(16), '2': share(8), '3': share(4), '4': share(2), '5': share(2), long: share(2) })
    .prefault({})
    .describe(
      'Batches that run at once, by priority, and of tasks that may take longer than a minute: 2 to 1,000 each.',
    ),
  memory: z
    .strictObject({
      tasks: megabytes(512),
      schedules: megabytes(512),
      ops: megabytes(512),
      // Hashing a password takes a whole processor for a while.
      auth: megabytes(1_024),
      worker: megabytes(512),
      occurrence: megabytes(512),
      'dead-letter': megabytes(256),
      reconcile: megabytes(512),
      changes: megabytes(256),
    })
    .prefault({})
    .describe('Megabytes of memory, by function.'),
  architecture: z.enum(['arm64', 'x86_64']).default('arm64').describe('Processor of the functions.'),
  retentionDays: z.int().min(1).max(3_650).default(7).describe('Days that ended tasks are kept.'),
  reconcileEvery: z
    .string()
    .regex(EVERY, 'must be `1 minute` to `1 day`, such as `30 minutes` or `6 hours`')
    .refine(text => minutesOf(text) <= 1_440, 'must be at most `1 day`')
    .default('1 day')
    .describe('How often the table is searched for tasks whose hint was lost.'),
  logLevel: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('warn').describe('What the functions log.'),
  logRetentionDays: z
    .int()
    .refine(days => LOG_DAYS.includes(days), `must be one of ${LOG_DAYS.join(', ')}`)
    .default(30)
    .describe('Days that logs are kept.'),
  alarmTopicArn: z
    .string()
    .regex(/^arn:[\w-]+:sns:[\w-]+:\d{12}:[\w-]+$/, 'must be the ARN of an SNS topic')
    .optional()
    .describe('Topic that is told when an alarm goes off, and when it is over.'),
  removal: z
    .enum(['destroy', 'retain'])
    .optional()
    .describe(
      'What becomes of the tables when the stage is destroyed. `retain` also protects the stack and the tables from deletion and keeps backups for 35 days. By default `destroy` for the stage `dev` and those whose name begins with `dev-`, `retain` for all others.',
    ),
  tlsOnly: z
    .boolean()
    .default(true)
    .describe('Queues take requests over TLS only. `false` is for tests against an AWS without TLS.'),
  handlerEnvironment: z
    .record(
      z
        .string()
        .regex(/^[A-Za-z][A-Za-z0-9_]*$/, 'must be letters, digits and _')
        .refine(name => !isOurs(name), 'is set by Pulse or by Lambda itself'),
      z.string(),
    )
    .default({})
    .describe('Environment variables of your tasks. No secrets: whoever may look at the function sees them.'),
  handlerPolicyArns: z
    .array(
      z.string().regex(/^arn:[\w-]+:iam::(?:\d{12}|aws):policy\/[\w+=,.@/-]+$/, 'must be the ARN of a managed policy'),
    )
    .default([])
    .describe('Managed policies for your tasks: what the worker may do beside its own work.'),
})

/** What a person may set. */
export type PulseQueueProps = z.input<typeof settingsSchema>
export type Settings = Omit<z.output<typeof settingsSchema>, 'removal'> & { readonly removal: 'destroy' | 'retain' }

/** Settings that cannot be used, in one line for a person. */
export class SettingsRefused extends Error {
  override readonly name = 'SettingsRefused'
}

/** @throws SettingsRefused that names the first setting which cannot be used */
export function readSettings(given: Readonly<Record<string, unknown>>): Settings {
  const parsed = settingsSchema.safeParse(given)
  if (!parsed.success) throw new SettingsRefused(explain(parsed.error.issues[0]))
  const { removal, ...settings } = parsed.data
  return { ...settings, removal: removal ?? (/^dev(?:-|$)/.test(settings.stage) ? 'destroy' : 'retain') }
}

/** The minutes of a `reconcileEvery`. */
export function minutesOf(every: string): number {
  const [count = '', unit = ''] = every.split(' ')
  return Number(count) * (unit.startsWith('minute') ? 1 : unit.startsWith('hour') ? 60 : 1_440)
}

const RESERVED =
  /^(?:AWS_(?:LAMBDA_|ACCESS_KEY|REGION$|DEFAULT_REGION$|EXECUTION_ENV$|SECRET_ACCESS_KEY$|SESSION_TOKEN$)|LAMBDA_)/

function isOurs(name: string): boolean {
  return RESERVED.test(name) || Object.values<string>(variables).includes(name)
}

function explain(issue: z.core.$ZodIssue | undefined): string {
  const path = issue?.path.map(String) ?? []
  if (issue?.code === 'unrecognized_keys') {
    const name = issue.keys[0] ?? ''
    const near = name.length > 1 ? suggest(name, knownIn(path)) : undefined
    return `${[...path, name].join('.')} is no setting of Pulse${near === undefined ? '' : `; did you mean "${near}"?`}`
  }
  // What is wrong with the name of an entry is told one level below.
  const message = issue?.code === 'invalid_key' ? issue.issues[0]?.message : issue?.message
  return `the setting ${path.join('.')} cannot be used: ${message ?? 'invalid'}`
}

function knownIn(path: readonly string[]): readonly string[] {
  if (path[0] === 'concurrency') return lanes
  if (path[0] === 'memory') return functionNames
  return Object.keys(settingsSchema.shape)
}
