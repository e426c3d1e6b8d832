import { type AccountSettings, type Lane, type ScheduleTimerPlaces, stagePrefix, variables } from '../aws/names.ts'
import type { RequestRates } from '../http/request-limits.ts'
import type { IdentitySettings } from '../identity/environment.ts'
import { type LogLevel, logLevels } from '../telemetry/log-events.ts'

export type Variables = Readonly<Record<string, string | undefined>>

/**
 * Reads what the stacks have set. The names are shared with them, so that a missing one is a mistake of a deployment, not of a person.
 * @throws Error that names the variable
 */
export function text(env: Variables, name: keyof typeof variables): string {
  const value = env[variables[name]]
  if (value) return value
  throw new Error(`the environment variable ${variables[name]} is missing: deploy the stack again`)
}

/** One of the variables that hold JSON. */
function parsed<T>(env: Variables, name: keyof typeof variables): T {
  return JSON.parse(text(env, name)) as T // written by the stacks, in the form that names.ts tells
}

export function queues(env: Variables): Readonly<Record<Lane, { readonly url: string; readonly arn: string }>> {
  return parsed(env, 'queues')
}

export function mappings(env: Variables): Readonly<Record<Lane, string>> {
  return parsed(env, 'mappings')
}

export function scheduleTimers(env: Variables): ScheduleTimerPlaces {
  return parsed(env, 'scheduleTimers')
}

const MINUTE_MS = 60_000
const DAY_MS = 86_400_000

export function identitySettings(env: Variables): IdentitySettings {
  const accounts: AccountSettings = parsed(env, 'accounts')
  return {
    // Tokens of one stage are nothing to another.
    issuer: stagePrefix(text(env, 'stage')),
    accessMs: accounts.accessTokenMinutes * MINUTE_MS,
    refreshMs: accounts.refreshTokenDays * DAY_MS,
    registration: accounts.registration,
    maxFailedAttempts: accounts.maxFailedAttempts,
    lockoutMs: accounts.lockoutSeconds * 1_000,
    unusedKeyMs: accounts.unusedKeyDays * DAY_MS,
  }
}

export function ratesOf(env: Variables): RequestRates {
  const { userRateLimitPerHour, rateLimitPerHour, limitAdmins }: AccountSettings = parsed(env, 'accounts')
  return { perUser: userRateLimitPerHour, perAddress: rateLimitPerHour, admins: limitAdmins }
}

export function retentionMs(env: Variables): number {
  return Number(text(env, 'retentionDays')) * DAY_MS
}

export function logLevel(env: Variables): LogLevel {
  return logLevels.find(level => level === env[variables.logLevel]) ?? 'warn'
}
