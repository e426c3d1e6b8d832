import type { Instant } from '../core/task.ts'
import type { RecordKey, RecordStore, RecordWrite, StoredRecord } from '../ports/record-store.ts'

/** A login, kept alive by its refresh tokens: one family of them. */
export interface Session {
  readonly id: string
  readonly user: string
  /** Number of the refresh token in use. */
  readonly generation: number
  /** SHA-256 of it. */
  readonly hash: string
  /** When it was made. */
  readonly rotatedAt: Instant
  readonly createdAt: Instant
  /** Nothing can refresh it any more after this. */
  readonly endsAt: Instant
  /** Of the user, when it began: a later one ends it. */
  readonly sessionVersion: number
  readonly from: Origin
}

/** Where a request came from, as the gateway saw it (SEC-27). */
export interface Origin {
  readonly address: string
  readonly userAgent: string
}

const PREFIX = 'session#'

export function sessionKey(user: string, session: string): RecordKey {
  return { partition: user, sort: PREFIX + session }
}

export function sessionOf(record: StoredRecord): Session {
  return record.value as Session // written below, and by nobody else
}

export function sessionWrite(session: Session, expect: 'absent' | number): RecordWrite {
  return { key: sessionKey(session.user, session.id), expect, value: session, expiresAt: session.endsAt }
}

export async function listSessions(records: RecordStore, user: string, now: Instant): Promise<Session[]> {
  const { records: found } = await records.list({ partition: user, prefix: PREFIX, limit: MOST_SESSIONS })
  return found.map(sessionOf).filter(session => session.endsAt > now)
}

/** More than these are not shown; older ones end by themselves. */
const MOST_SESSIONS = 200

/** @returns false when there was none */
export async function removeSession(records: RecordStore, user: string, session: string): Promise<boolean> {
  const key = sessionKey(user, session)
  for (let record = await records.read(key); record; record = await records.read(key))
    if (await records.write([{ key, expect: record.version, value: undefined }])) return true
  return false
}
