import { hash } from 'node:crypto'
import type { Actor } from '../core/actor.ts'
import type { Instant } from '../core/task.ts'
import type { Clock } from '../ports/clock.ts'
import type { RecordStore, StoredRecord } from '../ports/record-store.ts'
import { createTokenVerifier } from './access-token.ts'
import { matchesHash, parseApiKey } from './api-key.ts'
import { type IdentitySettings, REMEMBERED_MS } from './environment.ts'
import { type ApiKey, apiKeyKey, apiKeyOf, keyState, usedKey, usedWrite } from './key-row.ts'
import { sessionKey, sessionOf } from './session.ts'
import { AUDIENCE, createVerificationKeys } from './signing-keys.ts'
import { unauthorized } from './unauthorized.ts'
import { type User, userKey, userOf } from './user.ts'

/** All that a function needs to know who calls it. It reads, and cannot sign. */
export interface Verifier {
  /**
   * @param credential an access token or an API key
   * @throws PulseError `unauthorized`, in the same words whatever is wrong with it
   */
  verify(credential: string): Promise<Actor>
  /** Forgets what it remembers of a user: at once where it was changed, elsewhere by itself after 30 s. */
  forget(user: string): void
}

export interface VerifierOptions {
  readonly records: RecordStore
  readonly clock: Clock
  readonly settings: Pick<IdentitySettings, 'issuer' | 'accessMs' | 'unusedKeyMs'>
}

interface Remembered {
  readonly actor: Actor
  readonly until: Instant
}

/** Credentials that a process remembers. */
const MOST_REMEMBERED = 10_000
/** A key's last use is written at most so often. */
const LAST_USED_MS = 3_600_000

export function createVerifier(options: VerifierOptions): Verifier {
  const { records, clock, settings } = options
  const remembered = new Map<string, Remembered>()
  const tokens = createTokenVerifier({
    keys: createVerificationKeys(options),
    issuer: settings.issuer,
    audience: AUDIENCE,
    lifetimeMs: settings.accessMs,
  })

  async function check(credential: string, now: Instant): Promise<Remembered> {
    return credential.startsWith('pk_') ? checkKey(credential, now) : checkToken(credential, now)
  }

  async function checkToken(credential: string, now: Instant): Promise<Remembered> {
    const claims = await tokens.verify(credential, now)
    const [user, session] = await records.readMany([userKey(claims.user), sessionKey(claims.user, claims.session)])
    if (!user || !session) throw unauthorized()
    const { id, role, sessionVersion } = enabled(userOf(user))
    const { endsAt, sessionVersion: begunWith } = sessionOf(session)
    if (endsAt <= now || sessionVersion !== claims.sessionVersion || begunWith !== sessionVersion) throw unauthorized()
    const actor: Actor = { owner: id, by: id, role, credential: claims.session }
    return { actor, until: Math.min(now + REMEMBERED_MS, claims.expiresAt, endsAt) }
  }

  async function checkKey(credential: string, now: Instant): Promise<Remembered> {
    const parsed = parseApiKey(credential)
    if (!parsed) throw unauthorized()
    const [user, record, used] = await records.readMany([
      userKey(parsed.user),
      apiKeyKey(parsed.user, parsed.id),
      usedKey(parsed.user, parsed.id),
    ])
    if (!user || !record) throw unauthorized()
    const key = apiKeyOf(record, used)
    if (!matchesHash(credential, key.hash)) throw unauthorized()
    const { id, role } = enabled(userOf(user))
    if (keyState(key, settings.unusedKeyMs, now) !== 'active') throw unauthorized()
    await noteUse(key, used, now)
    const actor: Actor = { owner: id, by: key.id, role, scopes: key.scopes, credential: key.id }
    const ends = [key.expiresAt, key.revokedAt].filter(end => end !== undefined)
    return { actor, until: Math.min(now + REMEMBERED_MS, ...ends) }
  }

  /** That it could not be noted is no reason to refuse a request. */
  async function noteUse(key: ApiKey, used: StoredRecord | undefined, now: Instant): Promise<void> {
    if (key.lastUsedAt !== undefined && now - key.lastUsedAt < LAST_USED_MS) return
    await records.write([usedWrite(key, used, settings.unusedKeyMs, now)]).catch(() => false)
  }

  return {
    async verify(credential) {
      const now = clock.now()
      // Not the credential itself: what is remembered may end up in a dump of the process.
      const name = hash('sha256', credential, 'base64url')
      const known = remembered.get(name)
      if (known && now < known.until) return known.actor
      const fresh = await check(credential, now)
      if (remembered.size >= MOST_REMEMBERED) remembered.clear()
      remembered.set(name, fresh)
      return fresh.actor
    },
    forget(user) {
      for (const [name, { actor }] of remembered) if (actor.owner === user) remembered.delete(name)
    },
  }
}

function enabled(user: User): User {
  if (user.disabledAt !== undefined) throw unauthorized()
  return user
}
