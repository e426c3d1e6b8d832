import type { Role } from '../core/actor.ts'
import { PulseError } from '../core/errors.ts'
import type { Instant } from '../core/task.ts'
import type { RecordKey, RecordStore, RecordWrite, StoredRecord } from '../ports/record-store.ts'
import { isUserId } from './ids.ts'

export interface User {
  readonly id: string
  readonly email: string
  /** PHC string. Leaves this room never. */
  readonly passwordHash: string
  readonly role: Role
  readonly createdAt: Instant
  /** Grows when all sessions have to end: a changed password. */
  readonly sessionVersion: number
  readonly disabledAt?: Instant
}

/** What is of one user lies in one partition, so that a credential is checked by one read. */
export function userKey(id: string): RecordKey {
  return { partition: id, sort: 'user' }
}

/**
 * There while a user is disabled, beside the user's own record: who only has to know that (what makes the tasks of schedules) may read
 * this and nothing else of accounts.
 */
export function disabledKey(id: string): RecordKey {
  return { partition: `disabled_${id}`, sort: 'disabled' }
}

/** Whether an owner is a user who was let in no more. Other owners are nobody's account. */
export async function isDisabled(records: RecordStore, owner: string): Promise<boolean> {
  return isUserId(owner) && (await records.read(disabledKey(owner))) !== undefined
}

/** Which user has an address: its record is what makes an address unique. */
export function emailKey(email: string): RecordKey {
  return { partition: `email_${email}`, sort: 'email' }
}

/** The list of all users, in the order of their registration. */
export const USERS = 'users'

export function listedKey(id: string): RecordKey {
  return { partition: USERS, sort: id }
}

export function userOf(record: StoredRecord): User {
  return record.value as User // written below, and by nobody else
}

/** What admins decide about a user, for the audit log. */
export function access({ role, disabledAt }: User): { readonly role: Role; readonly disabled: boolean } {
  return { role, disabled: disabledAt !== undefined }
}

export interface KnownUser {
  readonly user: User
  readonly version: number
}

export async function readUser(records: RecordStore, id: string): Promise<KnownUser | undefined> {
  const record = await records.read(userKey(id))
  return record && { user: userOf(record), version: record.version }
}

export async function findByEmail(records: RecordStore, email: string): Promise<KnownUser | undefined> {
  const owner = await records.read(emailKey(email))
  // As many reads for an address that nobody has (SEC-4).
  return readUser(records, owner ? (owner.value as { user: string }).user : 'user_nobody')
}

/** The writes that make a user: all or none. */
export function newUserWrites(user: User): RecordWrite[] {
  return [
    { key: emailKey(user.email), expect: 'absent', value: { user: user.id } },
    { key: userKey(user.id), expect: 'absent', value: user },
    { key: listedKey(user.id), expect: 'absent', value: {} },
  ]
}

/** Times that a change is decided anew on a record that somebody else keeps changing. */
const TRIES = 5

/**
 * Changes a user under the version that the change was decided on.
 * @returns before and after; undefined when there is no such user
 */
export async function changeUser(
  records: RecordStore,
  id: string,
  change: (user: User) => User,
): Promise<{ readonly before: User; readonly after: User } | undefined> {
  for (let tries = 0; tries < TRIES; tries++) {
    const [known, mark] = await records.readMany([userKey(id), disabledKey(id)])
    if (!known) return undefined
    const before = userOf(known)
    const after = change(before)
    const writes = [{ key: known.key, expect: known.version, value: after }, ...markWrites(after, mark)]
    if (await records.write(writes)) return { before, after }
  }
  throw new PulseError('unavailable', 'the user is changing too fast: try again')
}

function markWrites({ id, disabledAt }: User, mark: StoredRecord | undefined): RecordWrite[] {
  if ((disabledAt !== undefined) === (mark !== undefined)) return []
  const value = disabledAt === undefined ? undefined : {}
  return [{ key: disabledKey(id), expect: mark?.version ?? 'absent', value }]
}

/** Addresses that differ only in case or in how a letter is composed are the same one. */
export function normaliseEmail(email: string): string {
  return email.normalize('NFC').toLowerCase()
}
