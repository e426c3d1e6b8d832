import { createHash } from 'node:crypto'
import { type PulseError, tooSoon } from '../core/errors.ts'
import { checkRule } from '../core/rate-limit.ts'
import { charge, type Failures, type ThrottleRule } from '../core/throttle.ts'
import type { RecordKey } from '../ports/record-store.ts'
import type { IdentityEnvironment } from './environment.ts'
import type { Origin } from './session.ts'

/** Who tries to log in, and from where. */
export interface Login {
  readonly email: string
  readonly from: Origin
  /** The random part of a cookie that this account gave to this device, once it was found to be genuine. */
  readonly device?: string
}

/** A try that was charged before it is made. */
export interface Tried {
  /** It was the right password: nothing stays charged. */
  forgive(): Promise<void>
}

/** An address is shared by many people; an account in one network is not. */
const ADDRESS_SHARE = 10
/** Tries of all strangers together that are no sign of an attack. */
const CALM = checkRule({ limit: 600, windowMs: 60_000 })

/**
 * Charges a login to its buckets, or refuses it. A device that has logged in before has a bucket of its own, and so has each network,
 * so that a stranger elsewhere cannot lock the owner out (SEC-5). While everybody together fails a lot, strangers have one free failure.
 * @throws PulseError `rate_limited`, the same for accounts that exist and that do not
 */
export async function chargeLogin(on: IdentityEnvironment, { email, from, device }: Login): Promise<Tried> {
  if (device !== undefined) {
    const key = keyOf(`device ${email} ${device}`)
    await chargeBucket(on, key, on.settings.maxFailedAttempts)
    return { forgive: () => clear(on, key) }
  }
  const { limits, clock, settings } = on
  const address = `login ${from.address}`
  const most = Math.min(settings.maxFailedAttempts * ADDRESS_SHARE, settings.lockoutMs)
  const rule = checkRule({ limit: most, windowMs: settings.lockoutMs })
  const { allowed, retryAfterMs } = await limits.take(address, rule, 1, clock.now())
  if (!allowed) throw tooMany(retryAfterMs)
  const calm = (await limits.take('login', CALM, 1, clock.now())).allowed
  const key = keyOf(`account ${email} ${networkOf(from.address)}`)
  await chargeBucket(on, key, calm ? settings.maxFailedAttempts : 1)
  return {
    async forgive() {
      const now = clock.now()
      await Promise.all([
        clear(on, key),
        // Only this try: whoever has an account could otherwise clear the address between guesses at those of others.
        limits.giveBack(address, rule, 1, now),
        ...(calm ? [limits.giveBack('login', CALM, 1, now)] : []),
      ])
    },
  }
}

/** Hashed: an address may hold anything, and who tried what is nobody's business. */
function keyOf(name: string): RecordKey {
  return { partition: `throttle_${createHash('sha256').update(name).digest('base64url')}`, sort: 'throttle' }
}

/** Tries to write a bucket that others write at the same time. */
const TRIES = 10

async function chargeBucket(on: IdentityEnvironment, key: RecordKey, free: number): Promise<void> {
  const rule: ThrottleRule = { free, longestMs: on.settings.lockoutMs }
  for (let tries = 0; tries < TRIES; tries++) {
    const record = await on.records.read(key)
    const before = record?.value as Failures | undefined // written here, and by nobody else
    const now = on.clock.now()
    const charged = charge(before, rule, now)
    if ('retryAfterMs' in charged) throw tooMany(charged.retryAfterMs)
    const expiresAt = now + 2 * rule.longestMs
    if (await on.records.write([{ key, expect: record?.version ?? 'absent', value: charged.failures, expiresAt }]))
      return
  }
  // So many at once for one account are no person.
  throw tooMany(rule.longestMs)
}

/** Somebody else may have failed in between: then theirs stays. */
async function clear({ records }: IdentityEnvironment, key: RecordKey): Promise<void> {
  const record = await records.read(key)
  if (record) await records.write([{ key, expect: record.version, value: undefined }])
}

const IPV4 = /^\d{1,3}(?:\.\d{1,3}){3}$/

/** The /24 of an IPv4 address, the /64 of an IPv6 one: what one customer of a provider usually has. */
export function networkOf(address: string): string {
  const mapped = address.replace(/^::ffff:(?=\d)/i, '')
  if (IPV4.test(mapped)) return mapped.slice(0, mapped.lastIndexOf('.'))
  const [head = '', tail] = address.split('::')
  const groups = head.split(':').filter(group => group !== '')
  if (tail === undefined || groups.length >= 4) return groups.slice(0, 4).join(':')
  const after = tail.split(':').filter(group => group !== '')
  const zeros = Array.from({ length: Math.max(0, 8 - groups.length - after.length) }, () => '0')
  return [...groups, ...zeros, ...after].slice(0, 4).join(':')
}

function tooMany(retryAfterMs: number): PulseError {
  return tooSoon('too many failed logins', retryAfterMs)
}
