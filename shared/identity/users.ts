import type { Actor, Role } from '../core/actor.ts'
import { PulseError } from '../core/errors.ts'
import type { IdentityEnvironment } from './environment.ts'
import { isSessionId, isUserId } from './ids.ts'
import { noteAdmin } from './invitations.ts'
import { hashPassword, verifyPassword } from './password-hash.ts'
import { refuseWeak } from './register.ts'
import { type Session, sessionKey, sessionOf, sessionWrite } from './session.ts'
import { changeUser, normaliseEmail, readUser as read, USERS, type User, userKey, userOf } from './user.ts'

export interface UserPage {
  readonly users: readonly User[]
  readonly next?: string
}

/** As many as a store reads at once: a page is not longer, whatever is asked for. */
const MOST_LISTED = 100

/** In the order of their registration. */
export async function listUsers(on: IdentityEnvironment, limit: number, after?: string): Promise<UserPage> {
  const { records, next } = await on.records.list({
    partition: USERS,
    limit: Math.min(limit, MOST_LISTED),
    ...(after !== undefined && { after }),
  })
  const found = await on.records.readMany(records.map(({ key }) => userKey(key.sort)))
  const users = found.flatMap(record => (record ? [userOf(record)] : []))
  return { users, ...(next !== undefined && { next }) }
}

/** @throws PulseError `not_found` */
export async function readUser(on: IdentityEnvironment, id: string): Promise<User> {
  const known = isUserId(id) ? await read(on.records, id) : undefined
  if (!known) throw notFound()
  return known.user
}

export interface UserChange {
  readonly role?: Role
  readonly disabled?: boolean
}

/**
 * Gives a role, or lets a user in no more. Takes effect within 30 s.
 * @throws PulseError `not_found`; `conflict` for one's own account, so that there is always an admin who can take it back
 */
export async function editUser(
  on: IdentityEnvironment,
  actor: Actor,
  id: string,
  change: UserChange,
): Promise<{ readonly before: User; readonly after: User }> {
  if (id === actor.owner) throw new PulseError('conflict', 'your own role and access are changed by another admin')
  const now = on.clock.now()
  const changed = isUserId(id) ? await changeUser(on.records, id, user => edited(user, change, now)) : undefined
  if (!changed) throw notFound()
  if (changed.after.role === 'admin') await noteAdmin(on.records)
  return changed
}

function edited(user: User, { role, disabled }: UserChange, now: number): User {
  const { disabledAt, ...rest } = { ...user, ...(role !== undefined && { role }) }
  if (disabled === undefined) return { ...rest, ...(disabledAt !== undefined && { disabledAt }) }
  return disabled ? { ...rest, disabledAt: disabledAt ?? now } : rest
}

/**
 * Changes one's own password and ends all sessions but the one that did it, which is returned.
 * @throws PulseError `forbidden` for a wrong current password, `invalid` for a weak new one
 */
export async function changePassword(
  on: IdentityEnvironment,
  actor: Actor,
  current: string,
  next: string,
): Promise<Session | undefined> {
  const user = await readUser(on, actor.owner)
  await refuseWeak(next, normaliseEmail(user.email), '/newPassword')
  const { slots, parameters } = on.hashing
  const { ok } = await slots.run(() => verifyPassword(user.passwordHash, current, parameters))
  if (!ok) throw new PulseError('forbidden', 'the current password is wrong')
  const passwordHash = await slots.run(() => hashPassword(next, parameters, on.randomBytes))
  const changed = await changeUser(on.records, user.id, latest => {
    if (latest.passwordHash !== user.passwordHash)
      throw new PulseError('conflict', 'the password was changed meanwhile')
    return { ...latest, passwordHash, sessionVersion: latest.sessionVersion + 1 }
  })
  return changed && carryOver(on, actor, changed.after.sessionVersion)
}

/** The session that changed the password goes on; a refresh at the same moment may have ended that. */
async function carryOver(
  on: IdentityEnvironment,
  { owner, credential }: Actor,
  sessionVersion: number,
): Promise<Session | undefined> {
  const session = credential !== undefined && isSessionId(credential)
  const record = session ? await on.records.read(sessionKey(owner, credential)) : undefined
  if (!record) return undefined
  const carried = { ...sessionOf(record), sessionVersion }
  return (await on.records.write([sessionWrite(carried, record.version)])) ? carried : undefined
}

function notFound(): PulseError {
  return new PulseError('not_found', 'there is no user with this id')
}
