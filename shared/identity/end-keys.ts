import type { Instant } from '../core/task.ts'
import type { StoredRecord } from '../ports/record-store.ts'
import { entryWrite } from './audit.ts'
import type { IdentityEnvironment, IdentitySettings } from './environment.ts'
import { apiKeyOf, apiKeyWrite, isRevoked, keyState, sameUseWrite, usedKey } from './key-row.ts'

export interface EndKeysOptions extends Pick<IdentityEnvironment, 'records' | 'clock' | 'entropy'> {
  readonly settings: Pick<IdentitySettings, 'unusedKeyMs'>
}

export interface EndedKeys {
  /** Keys whose time was over. */
  readonly expired: number
  /** Keys that nobody used for long. */
  readonly unused: number
  /** Whether there was time for all of them. */
  readonly isWhole: boolean
}

/** Keys that a store reads at once. */
const MOST_READ = 100
/** Keys that are ended at once. */
const PORTION = 10
/** Requests that were let in at the last moment have noted the use after this: they take half a minute, and clocks differ. */
const NOTED_MS = 60_000

/**
 * Ends those API keys that have ended by themselves, as far as time allows: each in one transaction with its entry of the audit log.
 * @param keys as they are stored, without the notes of their use
 * @param requestId what asked for it, for the audit log
 */
export async function endKeys(
  on: EndKeysOptions,
  keys: readonly StoredRecord[],
  requestId: string,
  hasTime: () => boolean,
): Promise<EndedKeys> {
  const due = await withUses(
    on,
    keys.filter(key => stateOf(on, key, undefined, on.clock.now()) !== undefined),
  )
  const ended = { expired: 0, unused: 0 }
  for (let from = 0; from < due.length; from += PORTION) {
    if (from > 0 && !hasTime()) return { ...ended, isWhole: false }
    const portion = due.slice(from, from + PORTION)
    for (const state of await Promise.all(portion.map(each => endKey(on, each, requestId)))) if (state) ended[state]++
  }
  return { ...ended, isWhole: true }
}

interface KeyWithUse {
  readonly record: StoredRecord
  readonly used: StoredRecord | undefined
}

async function withUses({ records }: EndKeysOptions, keys: readonly StoredRecord[]): Promise<KeyWithUse[]> {
  const found: KeyWithUse[] = []
  for (let from = 0; from < keys.length; from += MOST_READ) {
    const portion = keys.slice(from, from + MOST_READ)
    const uses = await records.readMany(portion.map(useOf))
    found.push(...portion.map((record, index) => ({ record, used: uses[index] })))
  }
  return found
}

function useOf(record: StoredRecord) {
  const { user, id } = apiKeyOf(record, undefined)
  return usedKey(user, id)
}

/** What a key has to be ended as, if it has to be; without its use, what it may have to be ended as. */
function stateOf(
  { settings }: EndKeysOptions,
  record: StoredRecord,
  used: StoredRecord | undefined,
  now: Instant,
): 'expired' | 'unused' | undefined {
  const key = apiKeyOf(record, used)
  if (isRevoked(key, now)) return undefined
  const state = keyState(key, settings.unusedKeyMs + NOTED_MS, now)
  return state === 'expired' || state === 'unused' ? state : undefined
}

/** @returns undefined when it has not ended, or when somebody was quicker: what it has become is seen by the next pass */
async function endKey(on: EndKeysOptions, { record, used }: KeyWithUse, requestId: string) {
  const now = on.clock.now()
  const state = stateOf(on, record, used, now)
  if (!state) return undefined
  const key = apiKeyOf(record, used)
  // One that was to end is kept for as long as if nobody had come by.
  const revokedAt = state === 'expired' ? (key.expiresAt ?? now) : now
  const entry = { by: 'janitor', action: 'key.revoke', outcome: 'done', target: key.id, owner: key.user } as const
  const isEnded = await on.records.write([
    apiKeyWrite({ ...key, revokedAt, revokedFor: state }, record.version),
    ...(state === 'unused' ? [sameUseWrite(key, used)] : []),
    entryWrite(on, { ...entry, reason: state, address: '', requestId }),
  ])
  return isEnded ? state : undefined
}
