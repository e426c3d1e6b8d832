import type { Scope } from '../core/actor.ts'
import type { Instant } from '../core/task.ts'
import type { RecordKey, RecordStore, RecordWrite, StoredRecord } from '../ports/record-store.ts'
import { RETENTION_MS } from './environment.ts'

export interface ApiKey {
  readonly id: string
  readonly user: string
  readonly name: string
  readonly scopes: readonly Scope[]
  /** SHA-256 of its secret part. Leaves this room never. */
  readonly hash: string
  readonly createdAt: Instant
  readonly expiresAt?: Instant
  /** To the hour. Kept beside the key, so that who may note a use may change nothing else. */
  readonly lastUsedAt?: Instant
  readonly revokedAt?: Instant
  /** Why, when nobody revoked it: what the janitor has found it to be. */
  readonly revokedFor?: 'expired' | 'unused'
  /** The key that took its place. */
  readonly replacedBy?: string
}

export type KeyState = 'active' | 'expired' | 'unused' | 'revoked'

/**
 * Nobody has to write when a time comes: a key that was not used for long is found inactive when somebody looks. What the janitor writes
 * down later says the same.
 */
export function keyState(key: ApiKey, unusedMs: number, now: Instant): KeyState {
  if (isRevoked(key, now)) return key.revokedFor ?? 'revoked'
  if (key.expiresAt !== undefined && key.expiresAt <= now) return 'expired'
  return now - (key.lastUsedAt ?? key.createdAt) > unusedMs ? 'unused' : 'active'
}

/** By whom or what ever, and not only in some time. */
export function isRevoked({ revokedAt }: ApiKey, now: Instant): boolean {
  return revokedAt !== undefined && revokedAt <= now
}

const PREFIX = 'key#'
/** Of one user, revoked ones included until they are purged. */
export const MOST_KEYS = 100

export function apiKeyKey(user: string, id: string): RecordKey {
  return { partition: user, sort: PREFIX + id }
}

/** Where its last use is noted. */
export function usedKey(user: string, id: string): RecordKey {
  return { partition: usedPartition(user), sort: id }
}

export function usedPartition(user: string): string {
  return `used_${user}`
}

/** @param used what is noted of its use */
export function apiKeyOf(record: StoredRecord, used: StoredRecord | undefined): ApiKey {
  const key = record.value as ApiKey // written below, and by nobody else
  return used ? { ...key, lastUsedAt: (used.value as { at: Instant }).at } : key
}

/** The note of a use; gone by itself when the key has long been unused. */
export function usedWrite(key: ApiKey, used: StoredRecord | undefined, unusedMs: number, now: Instant): RecordWrite {
  return {
    key: usedKey(key.user, key.id),
    expect: used?.version ?? 'absent',
    value: { at: now },
    expiresAt: now + unusedMs + RETENTION_MS,
  }
}

/** Beside another write, has that hold only if nobody has noted a use meanwhile. What is noted is written once more as it was. */
export function sameUseWrite({ user, id }: ApiKey, used: StoredRecord | undefined): RecordWrite {
  if (!used) return { key: usedKey(user, id), expect: 'absent', value: undefined }
  const { key, version, value, expiresAt } = used
  return { key, expect: version, value, ...(expiresAt !== undefined && { expiresAt }) }
}

/** What ended is kept for a while, to be looked up, and then goes by itself. */
export function apiKeyWrite(key: ApiKey, expect: 'absent' | number): RecordWrite {
  const { lastUsedAt: _, ...stored } = key
  const end = key.revokedAt ?? key.expiresAt
  return {
    key: apiKeyKey(key.user, key.id),
    expect,
    value: stored,
    ...(end !== undefined && { expiresAt: end + RETENTION_MS }),
  }
}

/** Keys of a user as they are stored, which is without the notes of their use. */
export async function readKeys(records: RecordStore, user: string): Promise<readonly StoredRecord[]> {
  return (await records.list({ partition: user, prefix: PREFIX, limit: MOST_KEYS })).records
}

export async function listKeys(records: RecordStore, user: string): Promise<ApiKey[]> {
  const keys = await readKeys(records, user)
  // By name: notes stay for longer than keys, so that there may be more of them than one page holds.
  const uses = await records.readMany(keys.map(({ key }) => usedKey(user, key.sort.slice(PREFIX.length))))
  return keys.map((record, index) => apiKeyOf(record, uses[index]))
}
