import { API_KEY_PREFIX } from '../identity/api-key.ts'
import type { AuditEntry } from '../identity/audit.ts'
import type { Identity } from '../identity/identity.ts'
import type { JanitorPass } from '../identity/janitor.ts'
import type { ApiKey } from '../identity/key-row.ts'
import type { Tokens } from '../identity/login.ts'
import type { Session } from '../identity/session.ts'
import type { User } from '../identity/user.ts'
import { optionalTime, time } from './present-task.ts'

/** Field by field: what is not named here stays inside (SEC-19). */
export function presentUser({ id, email, role, createdAt, disabledAt }: User) {
  return { id, email, role, createdAt: time(createdAt), disabledAt: optionalTime(disabledAt) }
}

/** As clients of OAuth 2 expect it (RFC 6749 §5.1). */
export function presentAccess({ accessToken, expiresInMs }: Pick<Tokens, 'accessToken' | 'expiresInMs'>) {
  return { access_token: accessToken, token_type: 'Bearer', expires_in: expiresInMs / 1_000 }
}

export function presentTokens({ refreshToken, ...access }: Tokens) {
  return { ...presentAccess(access), refresh_token: refreshToken.reveal() }
}

export function presentSession(session: Session, current: string | undefined) {
  return {
    id: session.id,
    current: session.id === current,
    createdAt: time(session.createdAt),
    refreshedAt: time(session.rotatedAt),
    endsAt: time(session.endsAt),
    ...session.from,
  }
}

export function presentKey(key: ApiKey, identity: Pick<Identity, 'keyState'>) {
  return {
    id: key.id,
    user: key.user,
    name: key.name,
    prefix: API_KEY_PREFIX + key.id.slice('key_'.length),
    scopes: key.scopes,
    state: identity.keyState(key),
    createdAt: time(key.createdAt),
    expiresAt: optionalTime(key.expiresAt),
    lastUsedAt: optionalTime(key.lastUsedAt),
    revokedAt: optionalTime(key.revokedAt),
    replacedBy: key.replacedBy,
  }
}

export function presentPass({ startedAt, endedAt, users, keys, expired, unused }: JanitorPass) {
  const done = endedAt !== undefined
  return { done, startedAt: time(startedAt), endedAt: optionalTime(endedAt), users, keys, expired, unused }
}

export function presentEntry({ at, ...entry }: AuditEntry) {
  return { ...entry, at: time(at) }
}
