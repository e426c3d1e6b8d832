import type { Instant } from '../core/task.ts'
import type { RecordKey, RecordWrite, StoredRecord } from './record-store.ts'

/** A write as a store carries it out. */
export interface PreparedWrite {
  readonly key: RecordKey
  readonly expect: 'absent' | number
  /** Absent when the record is removed. */
  readonly content?: RecordContent
}

/** What is stored under a key. */
export interface RecordContent {
  readonly version: number
  /** JSON. */
  readonly text: string
  readonly expiresAt?: Instant
}

const MOST_WRITES = 10

/** @throws TypeError for writes that no store can carry out: a mistake of this program */
export function prepareWrites(writes: readonly RecordWrite[]): PreparedWrite[] {
  if (writes.length > MOST_WRITES) throw new TypeError(`at most ${MOST_WRITES} records are written at once`)
  const keys = new Set(writes.map(({ key }) => keyText(key)))
  if (keys.size < writes.length) throw new TypeError('a record is written once at a time')
  return writes.map(prepare)
}

function prepare({ key, expect, value, firstVersion = 1, expiresAt }: RecordWrite): PreparedWrite {
  if (key.partition === '' || key.sort === '') throw new TypeError('the key of a record has two parts')
  if (expiresAt !== undefined && !Number.isSafeInteger(expiresAt)) throw new TypeError('"expiresAt" is no time')
  if (value === undefined) return { key, expect }
  const text = JSON.stringify(value) as string | undefined
  if (text === undefined) throw new TypeError('the value of a record is JSON')
  const version = expect === 'absent' ? firstVersion : expect + 1
  return { key, expect, content: { version, text, ...(expiresAt !== undefined && { expiresAt }) } }
}

export function recordOf(key: RecordKey, { version, text, expiresAt }: RecordContent): StoredRecord {
  return { key, version, value: JSON.parse(text), ...(expiresAt !== undefined && { expiresAt }) }
}

/** The same for the same key, and for no other. */
export function keyText({ partition, sort }: RecordKey): string {
  return JSON.stringify([partition, sort])
}
