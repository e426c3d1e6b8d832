import { createHash } from 'node:crypto'
import type { Instant } from '../core/task.ts'
import { decodeTime, encodeTime } from '../core/task-id.ts'
import type { RecordKey, RecordStore, RecordWrite, StoredRecord } from '../ports/record-store.ts'
import type { Fire, Schedule } from './schedule.ts'

const ID = /^sch_[0-9A-HJKMNP-TV-Z]{26}$/
const SCHEDULES = 'schedule_all'
/** The entries of what is due are spread, so that no partition takes the writes of all schedules. */
const DUE_SHARDS = 8
const DAY_MS = 86_400_000
/** Lines of what became of occurrences are kept this long, and so is a schedule that will never fire again. */
export const KEPT_MS = 30 * DAY_MS

export const duePartitions = Array.from({ length: DUE_SHARDS }, (_, shard) => `schedule_due_${shard}`)

export interface KnownSchedule {
  readonly schedule: Schedule
  readonly version: number
}

export function isScheduleId(text: string): boolean {
  return ID.test(text)
}

/** In the order of their creation. */
export function scheduleKey(id: string): RecordKey {
  return { partition: SCHEDULES, sort: id }
}

export function ownedPartition(owner: string): string {
  return `schedule_of_${owner}`
}

export function firedPartition(id: string): string {
  return `schedule_fired_${id}`
}

export async function readSchedule(records: RecordStore, id: string): Promise<KnownSchedule | undefined> {
  const record = isScheduleId(id) ? await records.read(scheduleKey(id)) : undefined
  return record && known(record)
}

export function known({ value, version }: StoredRecord): KnownSchedule {
  const stored = value as Schedule // written below, and by nobody else
  // One that was written before there was such a time: its ids followed from the generation.
  return { schedule: { ...stored, since: stored.since ?? stored.generation }, version }
}

const PAGE = 100

/** Those of all owners, page by page, as far as time allows. */
export async function* allSchedules(
  records: RecordStore,
  hasTime: () => boolean,
): AsyncGenerator<readonly KnownSchedule[]> {
  for (let after: string | undefined; hasTime(); ) {
    const page = await records.list({ partition: SCHEDULES, limit: PAGE, ...(after !== undefined && { after }) })
    yield page.records.map(known)
    if (page.next === undefined) return
    after = page.next
  }
}

/** Whose turn it is, from an entry of what is due. */
export function dueEntry({ key }: StoredRecord): { readonly at: Instant; readonly id: string } {
  const [time = '', ...id] = key.sort.split('_')
  return { at: decodeTime(time), id: id.join('_') }
}

/** What creating, changing and removing a schedule write: the record, its entry in its owner's list, and that among the due ones. */
export function scheduleWrites(before: KnownSchedule | undefined, after: Schedule | undefined): RecordWrite[] {
  const was = before?.schedule
  const { id = '', owner = '' } = after ?? was ?? {}
  // One that will never fire again goes by itself after a while, and its entry with it.
  const expiry = after && isOver(after) ? { expiresAt: after.updatedAt + KEPT_MS } : {}
  const isListedAnew = !was || !after || isOver(was) !== isOver(after)
  const listed = (was?.listed ?? 0) + (isListedAnew ? 1 : 0)
  const expect = before?.version ?? 'absent'
  const value = after && { ...after, listed }
  const writes: RecordWrite[] = [
    { key: scheduleKey(id), expect, value, ...(after && { firstVersion: after.since }), ...expiry },
  ]
  if (isListedAnew) {
    const key = { partition: ownedPartition(owner), sort: id }
    writes.push({ key, expect: was?.listed ?? 'absent', value: after && {}, ...expiry })
  }
  if (was?.dueAt === after?.dueAt) return writes
  if (was?.dueAt !== undefined) writes.push({ key: dueKey(id, was.dueAt), expect: 1, value: undefined })
  if (after?.dueAt !== undefined) writes.push({ key: dueKey(id, after.dueAt), expect: 'absent', value: {} })
  return writes
}

/** It will never fire again unless somebody changes it. */
export function isOver({ dueAt, paused }: Schedule): boolean {
  return dueAt === undefined && !paused
}

/** @param unique so that two lines about the same occurrence are two */
export function firesWrite(id: string, fires: readonly Fire[], unique: string, now: Instant): RecordWrite {
  const latest = Math.max(...fires.map(({ scheduledFor }) => scheduledFor))
  const key = { partition: firedPartition(id), sort: `${encodeTime(latest)}_${unique}` }
  return { key, expect: 'absent', value: { fires }, expiresAt: now + KEPT_MS }
}

export function firesOf({ value }: StoredRecord): readonly Fire[] {
  return (value as { fires: readonly Fire[] }).fires // written above
}

function dueKey(id: string, at: Instant): RecordKey {
  const shard = createHash('sha256').update(id).digest().readUInt8() % DUE_SHARDS
  return { partition: `schedule_due_${shard}`, sort: `${encodeTime(at)}_${id}` }
}
