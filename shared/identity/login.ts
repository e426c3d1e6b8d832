import { AuditHint } from '../core/audit-hint.ts'
import { PulseError } from '../core/errors.ts'
import { newDevice, readDevice } from './device.ts'
import { type IdentityEnvironment, LONGEST_SESSION_MS } from './environment.ts'
import { OWN_LENGTH, ownedBy } from './ids.ts'
import { hashPassword, verifyPassword } from './password-hash.ts'
import { hashToken, refreshTokenOf } from './refresh-token.ts'
import type { Secret } from './secret.ts'
import { type Origin, type Session, sessionWrite } from './session.ts'
import type { Keys, SigningKeys } from './signing-keys.ts'
import { chargeLogin } from './throttle.ts'
import { changeUser, findByEmail, normaliseEmail, type User } from './user.ts'

/** What a login or a refresh gives. */
export interface Tokens {
  readonly user: string
  readonly session: string
  readonly accessToken: string
  readonly refreshToken: Secret
  /** Of the access token, in milliseconds. */
  readonly expiresInMs: number
}

export interface Credentials {
  readonly email: string
  readonly password: string
  readonly from: Origin
  /** The device's cookie, if it has one. */
  readonly device?: string
}

export interface LoggedIn extends Tokens {
  /** To be kept by the device, which then is no stranger to the account. */
  readonly device: string
}

/**
 * Begins a session.
 * @throws PulseError `unauthorized` in the same words and after the same work for unknown and disabled users and for a wrong password
 *   (SEC-4), `rate_limited` after too many failures, `unavailable` when too many passwords are being checked
 */
export async function login(on: IdentityEnvironment, keys: SigningKeys, credentials: Credentials): Promise<LoggedIn> {
  const email = normaliseEmail(credentials.email)
  const current = await keys.current()
  const found = await findByEmail(on.records, email)
  const device = found && readDevice(current.devices, found.user.id, credentials.device)
  const tried = await chargeLogin(on, { email, from: credentials.from, ...(device !== undefined && { device }) })
  const user = await checked(on, found?.user, credentials.password)
  await tried.forgive()
  const tokens = await beginSession(on, current, user, credentials.from)
  return { ...tokens, device: newDevice(current.device, user.id, on.randomBytes) }
}

async function checked(on: IdentityEnvironment, user: User | undefined, password: string): Promise<User> {
  const { slots, parameters } = on.hashing
  const { ok, rehash } = await slots.run(() => verifyPassword(user?.passwordHash, password, parameters))
  if (!ok || !user || user.disabledAt !== undefined)
    throw new PulseError('unauthorized', 'the e-mail address or the password is wrong', {
      ...(user && { cause: new AuditHint({ target: user.id }) }),
    })
  if (rehash) await rehashed(on, user, password)
  return user
}

/** Passwords follow the parameters of today, one login at a time (SEC-1). */
async function rehashed(on: IdentityEnvironment, { id, passwordHash }: User, password: string): Promise<void> {
  const better = await on.hashing.slots.run(() => hashPassword(password, on.hashing.parameters, on.randomBytes))
  await changeUser(on.records, id, user =>
    user.passwordHash === passwordHash ? { ...user, passwordHash: better } : user,
  )
}

async function beginSession(on: IdentityEnvironment, keys: Keys, user: User, from: Origin): Promise<Tokens> {
  const now = on.clock.now()
  const id = `ses_${ownedBy(user.id, on.randomBytes(OWN_LENGTH))}`
  const refreshToken = refreshTokenOf(keys.refresh, id, 1)
  const session: Session = {
    id,
    user: user.id,
    generation: 1,
    hash: hashToken(refreshToken.reveal()),
    rotatedAt: now,
    createdAt: now,
    endsAt: now + Math.min(on.settings.refreshMs, LONGEST_SESSION_MS),
    sessionVersion: user.sessionVersion,
    from,
  }
  await on.records.write([sessionWrite(session, 'absent')])
  return { ...(await accessTokenOf(on, keys, session)), refreshToken }
}

export async function accessTokenOf(
  on: IdentityEnvironment,
  keys: Keys,
  { user, id, sessionVersion }: Session,
): Promise<Omit<Tokens, 'refreshToken'>> {
  const accessToken = await keys.sign({ user, session: id, sessionVersion }, on.clock.now())
  return { user, session: id, accessToken, expiresInMs: on.settings.accessMs }
}
