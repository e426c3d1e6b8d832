import { type Actor, scopes as allScopes, type Scope } from '../core/actor.ts'
import { invalidField, PulseError } from '../core/errors.ts'
import type { Instant } from '../core/task.ts'
import { makeApiKey } from './api-key.ts'
import type { IdentityEnvironment } from './environment.ts'
import { userOfKey } from './ids.ts'
import {
  type ApiKey,
  apiKeyKey,
  apiKeyOf,
  apiKeyWrite,
  isRevoked,
  keyState,
  listKeys,
  MOST_KEYS,
  usedKey,
} from './key-row.ts'
import type { Secret } from './secret.ts'

export interface NewApiKey {
  readonly name: string
  /** Reading and writing tasks when absent. */
  readonly scopes?: readonly Scope[]
  readonly expiresAt?: Instant
}

/** The only time that its text is there. */
export interface MadeApiKey {
  readonly key: ApiKey
  readonly text: Secret
}

const STANDARD: readonly Scope[] = ['tasks:read', 'tasks:write']

/** @throws PulseError `invalid` for scopes that the actor does not have, an end in the past, or too many keys */
export async function createApiKey(on: IdentityEnvironment, actor: Actor, wanted: NewApiKey): Promise<MadeApiKey> {
  const now = on.clock.now()
  const scopes = wanted.scopes ?? STANDARD
  refuseMoreThan(actor.scopes ?? allScopes, scopes)
  if (wanted.expiresAt !== undefined && wanted.expiresAt <= now)
    throw invalidField('/expiresAt', 'must be later than now')
  await refuseTooMany(on, actor.owner)
  const { name, expiresAt } = wanted
  const fields = { name, scopes: [...new Set(scopes)], createdAt: now, ...(expiresAt !== undefined && { expiresAt }) }
  const made = make(on, { user: actor.owner, ...fields })
  await on.records.write([apiKeyWrite(made.key, 'absent')])
  return made
}

function make({ randomBytes }: IdentityEnvironment, fields: Omit<ApiKey, 'id' | 'hash'>): MadeApiKey {
  const { id, text, hash } = makeApiKey(fields.user, randomBytes)
  return { key: { id, hash, ...fields }, text }
}

/** Lists show no more than these, and a key that nobody sees is a danger. */
async function refuseTooMany({ records }: IdentityEnvironment, user: string): Promise<void> {
  if ((await listKeys(records, user)).length >= MOST_KEYS)
    throw new PulseError('invalid', `there are ${MOST_KEYS} keys, revoked ones of the last 30 days included: no more`)
}

/** A key can make none that may do more than itself (SEC-14). */
function refuseMoreThan(owned: readonly Scope[], wanted: readonly Scope[]): void {
  const beyond = wanted.find(scope => !owned.includes(scope))
  if (beyond !== undefined) throw invalidField('/scopes', `your own key does not have the scope ${beyond}`)
}

/**
 * Makes another key for the same use; the old one goes on for `overlapMs`, so that nothing fails in between.
 * @throws PulseError `not_found` also for admins who are not its owner, `conflict` for one that is not active, `invalid` for
 *   too many keys
 */
export async function rotateApiKey(
  on: IdentityEnvironment,
  actor: Actor,
  id: string,
  overlapMs: number,
): Promise<MadeApiKey & { readonly replaced: ApiKey }> {
  // Only one's own, also for admins: whoever has the text of the new one acts as its user.
  const { key, version } = await readKey(on, id, user => user === actor.owner)
  const now = on.clock.now()
  refuseMoreThan(actor.scopes ?? allScopes, key.scopes)
  if (keyState(key, on.settings.unusedKeyMs, now) !== 'active' || key.revokedAt !== undefined)
    throw new PulseError('conflict', 'this key is not active any more, or is being replaced: create another one')
  const { user, name, scopes, expiresAt } = key
  await refuseTooMany(on, user)
  const made = make(on, { user, name, scopes, createdAt: now, ...(expiresAt !== undefined && { expiresAt }) })
  const replaced: ApiKey = { ...key, revokedAt: now + overlapMs, replacedBy: made.key.id }
  if (!(await on.records.write([apiKeyWrite(made.key, 'absent'), apiKeyWrite(replaced, version)])))
    throw new PulseError('conflict', 'the key was changed at the same time: look at it again')
  return { ...made, replaced }
}

/**
 * Ends a key. Doing it twice changes nothing.
 * @throws PulseError `not_found`, in the same words for an unknown id and for another user's
 */
export async function revokeApiKey(on: IdentityEnvironment, actor: Actor, id: string): Promise<ApiKey> {
  for (let tries = 0; tries < 5; tries++) {
    const { key, version } = await readKey(on, id, user => maySeeKeysOf(actor, user))
    const now = on.clock.now()
    if (isRevoked(key, now)) return key
    const revoked: ApiKey = { ...key, revokedAt: now }
    if (await on.records.write([apiKeyWrite(revoked, version)])) return revoked
  }
  throw new PulseError('unavailable', 'the key is changing too fast: try again')
}

/** Keys of others are for admins; a key of an admin must have been made for that. */
export function maySeeKeysOf(actor: Actor, user: string): boolean {
  return user === actor.owner || (actor.role === 'admin' && (actor.scopes?.includes('admin') ?? true))
}

async function readKey(
  on: IdentityEnvironment,
  id: string,
  isAllowed: (user: string) => boolean,
): Promise<{ readonly key: ApiKey; readonly version: number }> {
  const user = userOfKey(id)
  const may = user !== undefined && isAllowed(user)
  // Read also when it may not be seen: an id of somebody else takes as long as an unknown one (SEC-17).
  const [record, used] = user === undefined ? [] : await on.records.readMany([apiKeyKey(user, id), usedKey(user, id)])
  if (!may || !record) throw new PulseError('not_found', 'there is no API key with this id')
  return { key: apiKeyOf(record, used), version: record.version }
}
