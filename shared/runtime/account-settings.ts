import { readFileSync } from 'node:fs'
import type { RequestRates } from '../http/request-limits.ts'
import type { IdentitySettings } from '../identity/environment.ts'
import { message } from '../telemetry/log-events.ts'
import { isLoopbackAddress } from './gateway-guard.ts'
import { SettingRefused, type Settings } from './settings.ts'

/** Who may call the embedded server. */
export interface ServerAccess {
  /** Requests need no credential; those that bring one act as its user. */
  readonly open: boolean
  readonly registration: 'open' | 'invited'
}

/** @throws SettingRefused for a server that everybody could reach and use */
export function accessOf({ HOST, PULSE_AUTH, PULSE_REGISTRATION }: Settings): ServerAccess {
  const loopback = isLoopbackAddress(HOST)
  if (PULSE_AUTH === 'open' && !loopback)
    throw new SettingRefused(
      `PULSE_AUTH=open is refused with HOST=${HOST}: without accounts the server listens only on loopback addresses such as 127.0.0.1`,
    )
  return {
    open: PULSE_AUTH === 'open' || (PULSE_AUTH === 'auto' && loopback),
    registration: PULSE_REGISTRATION === 'auto' ? (loopback ? 'open' : 'invited') : PULSE_REGISTRATION,
  }
}

const MINUTE_MS = 60_000
const DAY_MS = 86_400_000

export function identitySettings(settings: Settings, { registration }: ServerAccess): IdentitySettings {
  return {
    issuer: 'pulse',
    accessMs: settings.ACCESS_TOKEN_EXPIRE_MINUTES * MINUTE_MS,
    refreshMs: settings.REFRESH_TOKEN_EXPIRE_DAYS * DAY_MS,
    registration,
    maxFailedAttempts: settings.MAX_FAILED_ATTEMPTS,
    lockoutMs: settings.LOCKOUT_DURATION_SECONDS * 1_000,
    unusedKeyMs: settings.PULSE_UNUSED_KEYS,
  }
}

export function ratesOf(settings: Settings): RequestRates {
  return {
    perUser: settings.USER_RATE_LIMIT_PER_HOUR,
    perAddress: settings.RATE_LIMIT_PER_HOUR,
    admins: settings.PULSE_LIMIT_ADMINS === 'on',
  }
}

/** @throws SettingRefused for one file without the other, or one that cannot be read */
export function readTls({ PULSE_TLS_CERT, PULSE_TLS_KEY }: Settings): { cert: Buffer; key: Buffer } | undefined {
  if (PULSE_TLS_CERT === undefined && PULSE_TLS_KEY === undefined) return undefined
  return { cert: read('PULSE_TLS_CERT', PULSE_TLS_CERT), key: read('PULSE_TLS_KEY', PULSE_TLS_KEY) }
}

function read(name: string, path: string | undefined): Buffer {
  if (path === undefined) throw new SettingRefused(`${name} is missing: a certificate and its key go together`)
  try {
    return readFileSync(path)
  } catch (error) {
    throw new SettingRefused(`${name}=${path} cannot be read (${message(error)})`)
  }
}
