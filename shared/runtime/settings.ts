import * as z from 'zod'
import { parseDuration } from '../core/duration.ts'
import { logLevels } from '../telemetry/log-events.ts'

const count = (least: number, most: number) => z.coerce.number().int().min(least).max(most)
const length = (standard: string) =>
  z
    .string()
    .default(standard)
    .transform((text, context) => {
      const ms = parseDuration(text)
      if (ms !== undefined) return ms
      context.issues.push({ code: 'custom', input: text, message: 'must be a length of time such as 25s, 5m or 7d' })
      return z.NEVER
    })

/** Settings of the embedded server, by the name of their environment variable. `.env.example` is made from this. */
export const settingsSchema = z.object({
  PORT: count(0, 65_535).default(3000).describe('Port of the server; 0 takes a free one.'),
  HOST: z
    .string()
    .min(1)
    .default('127.0.0.1')
    .describe('Address to listen on. Beyond loopback addresses, requests need an account.'),
  PULSE_TLS_CERT: z
    .string()
    .min(1)
    .optional()
    .describe('File of a certificate (PEM); with PULSE_TLS_KEY, the server speaks HTTPS.'),
  PULSE_TLS_KEY: z.string().min(1).optional().describe('File of its private key (PEM).'),
  PULSE_AUTH: z
    .enum(['auto', 'open', 'required'])
    .default('auto')
    .describe('Whether requests need an account. auto: only where HOST is no loopback address; open is refused there.'),
  PULSE_REGISTRATION: z
    .enum(['auto', 'open', 'invited'])
    .default('auto')
    .describe('Who may register. auto: everybody on loopback addresses, elsewhere who has an invitation of an admin.'),
  ACCESS_TOKEN_EXPIRE_MINUTES: count(1, 1_440).default(30).describe('Minutes that an access token is good for.'),
  REFRESH_TOKEN_EXPIRE_DAYS: count(1, 90).default(7).describe('Days that a session may rest.'),
  MAX_FAILED_ATTEMPTS: count(1, 1_000).default(10).describe('Failed logins that cost no time.'),
  LOCKOUT_DURATION_SECONDS: count(1, 86_400)
    .default(900)
    .describe('Longest time between two logins after too many failures; it grows up to that.'),
  USER_RATE_LIMIT_PER_HOUR: count(0, 1_000_000).default(500).describe('Requests an hour of one user; 0 for no limit.'),
  RATE_LIMIT_PER_HOUR: count(0, 1_000_000)
    .default(1_000)
    .describe('Requests an hour of one API key, and of one address that does not say who it is; 0 for no limit.'),
  PULSE_LIMIT_ADMINS: z.enum(['on', 'off']).default('on').describe('Whether these limits hold for admins, too.'),
  PULSE_UNUSED_KEYS: length('90d').describe('API keys that nobody used for so long stop working.'),
  PULSE_DATA: z
    .string()
    .min(1)
    .default('./.pulse')
    .describe('Folder of the data file, or :memory: for one that goes with the process.'),
  PULSE_TASKS: z.string().min(1).default('./tasks').describe('Folder or module that exports the tasks.'),
  PULSE_CONCURRENCY: count(1, 10_000).optional().describe('Handlers that may run at a time; 10 per core when not set.'),
  PULSE_WORKER_THREADS: count(0, 256)
    .default(0)
    .describe('Run handlers in so many threads, one attempt in each; 0 runs them in the server itself.'),
  PULSE_DRAIN: length('25s').describe('How long running attempts may go on after SIGTERM.'),
  PULSE_RETENTION: length('7d').describe('How long ended tasks are kept; at least a day.'),
  PULSE_FILES_ROOT: z
    .string()
    .min(1)
    .optional()
    .describe('Folder that the task checksum-file may read below; the working folder when not set.'),
  PULSE_FETCH_PRIVATE: z
    .enum(['allow', 'refuse'])
    .default('refuse')
    .describe('Whether the task fetch-url may ask private and loopback addresses.'),
  PULSE_LOG_LEVEL: z
    .enum(logLevels)
    .default('info')
    .describe('debug, info, warn, error or silent. JSON lines on standard error.'),
})

export type Settings = z.output<typeof settingsSchema>

/** The name of ours for a setting that goes by a common one; ours wins when both are set. */
function aliasOf(name: string): string {
  return name.startsWith('PULSE_') ? name : `PULSE_${name}`
}

/** A setting that cannot be used, in one line for a person. */
export class SettingRefused extends Error {
  override readonly name = 'SettingRefused'
}

/** @throws SettingRefused */
export function readSettings(env: Readonly<Record<string, string | undefined>>): Settings {
  const given: Record<string, string> = {}
  // An empty variable is as good as none: that is how env files leave a default alone.
  for (const name of Object.keys(settingsSchema.shape)) {
    const text = env[aliasOf(name)] || env[name]
    if (text) given[name] = text
  }
  const parsed = settingsSchema.safeParse(given)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  const name = String(issue?.path[0])
  throw new SettingRefused(`${name}=${given[name] ?? ''} cannot be used: ${issue?.message ?? 'invalid'}`)
}
