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
    .describe('Address to listen on. Only loopback addresses until accounts exist.'),
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

/** Names of ours for settings that go by a common one; ours wins when both are set. */
const aliases: Readonly<Record<string, keyof Settings>> = {
  PULSE_PORT: 'PORT',
  PULSE_HOST: 'HOST',
}

/** A setting that cannot be used, in one line for a person. */
export class SettingRefused extends Error {
  override readonly name = 'SettingRefused'
}

/** @throws SettingRefused */
export function readSettings(env: Readonly<Record<string, string | undefined>>): Settings {
  const given: Record<string, string> = {}
  // An empty variable is as good as none: that is how env files leave a default alone.
  for (const name of Object.keys(settingsSchema.shape)) if (env[name]) given[name] = env[name]
  for (const [alias, name] of Object.entries(aliases)) if (env[alias]) given[name] = env[alias]
  const parsed = settingsSchema.safeParse(given)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  const name = String(issue?.path[0])
  throw new SettingRefused(`${name}=${given[name] ?? ''} cannot be used: ${issue?.message ?? 'invalid'}`)
}
