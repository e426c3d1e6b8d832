import type { Clock, Entropy } from '../ports/clock.ts'
import type { LimitStore } from '../ports/limit-store.ts'
import type { MasterSecret } from '../ports/master-secret.ts'
import type { RecordStore } from '../ports/record-store.ts'
import type { HashSlots } from './hash-slots.ts'
import type { HashParameters } from './password-hash.ts'

/** What the use cases of accounts are given. */
export interface IdentityEnvironment {
  readonly records: RecordStore
  readonly limits: LimitStore
  readonly clock: Clock
  readonly entropy: Entropy
  readonly randomBytes: (count: number) => Uint8Array
  readonly secret: MasterSecret
  readonly hashing: { readonly slots: HashSlots; readonly parameters: HashParameters }
  readonly settings: IdentitySettings
  /** A refresh token was used a second time: somebody may have stolen it. */
  readonly onReuse: (user: string) => void
}

export interface IdentitySettings {
  /** Of tokens: which deployment made them. */
  readonly issuer: string
  /** How long an access token is good for, in milliseconds. */
  readonly accessMs: number
  /** How long a session may rest, in milliseconds: the life of a refresh token. */
  readonly refreshMs: number
  /** `invited`: only who has an invitation may register. */
  readonly registration: 'open' | 'invited'
  /** Failed logins that cost no time. */
  readonly maxFailedAttempts: number
  /** Longest time between two tries, in milliseconds. */
  readonly lockoutMs: number
  /** API keys that nobody used for so long stop working, in milliseconds. */
  readonly unusedKeyMs: number
}

/** However often it is refreshed, a session ends after this. */
export const LONGEST_SESSION_MS = 90 * 86_400_000
/** How long what was revoked or has ended can still be looked up. */
export const RETENTION_MS = 30 * 86_400_000
/** A revoked credential may still be let in for this long, from what a process remembers (SEC-10, SEC-14). */
export const REMEMBERED_MS = 30_000
