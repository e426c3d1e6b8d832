import type { Instant } from '../core/task.ts'

/** Where a record lies. Records of a partition are read together and listed in the order of `sort`. */
export interface RecordKey {
  readonly partition: string
  readonly sort: string
}

/** A small JSON document with a version: users, sessions, API keys, invitations, audit entries. */
export interface StoredRecord {
  readonly key: RecordKey
  /** Starts at 1, unless the first write says otherwise; one more with each write. */
  readonly version: number
  readonly value: unknown
  /** After this time the store may remove it, hours or days late: readers compare times themselves (H81). */
  readonly expiresAt?: Instant
}

export interface RecordWrite {
  readonly key: RecordKey
  /** `absent`: there must be none; a number: it must have this version. */
  readonly expect: 'absent' | number
  /** Undefined removes the record. */
  readonly value: unknown
  /**
   * Version of a record that was absent. One that may be removed and made again under its key needs another one each time: the network
   * may deliver a write of the earlier record once more, and that must not find the version that it expects (H83).
   */
  readonly firstVersion?: number
  readonly expiresAt?: Instant
}

export interface RecordPage {
  readonly records: readonly StoredRecord[]
  /** `sort` of the last record, when there are more. */
  readonly next?: string
}

export interface RecordQuery {
  readonly partition: string
  /** Only records whose `sort` begins so. */
  readonly prefix?: string
  readonly limit: number
  /** Go on behind this `sort`. */
  readonly after?: string
  readonly backwards?: boolean
}

export interface RecordStore {
  /** Sees every answered write. */
  read(key: RecordKey): Promise<StoredRecord | undefined>
  /** As `read`, in the order of the keys; at most 100. */
  readMany(keys: readonly RecordKey[]): Promise<readonly (StoredRecord | undefined)[]>
  /** Sees every answered write. */
  list(query: RecordQuery): Promise<RecordPage>
  /**
   * All or none of the writes, at most 10. A write of ours whose answer was lost below counts as written.
   * @returns false when one of them found another version than it expects
   * @throws StoreUnavailable
   */
  write(writes: readonly RecordWrite[]): Promise<boolean>
}
