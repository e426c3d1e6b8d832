import type { AttributeValue } from '@aws-sdk/client-dynamodb'
import type { Field } from '../core/change.ts'
import type { TaskRow } from '../core/task.ts'
import { decodeEntry, encodeEntry } from './history-codec.ts'
import { tasksTable } from './names.ts'
import { placeOf, timeOf } from './places.ts'
import { sharded, shardOf, unsharded } from './shards.ts'
import { decodeText, encodeText } from './text-codec.ts'

/** An item as DynamoDB answers it. */
export type Item = Readonly<Record<string, AttributeValue>>

/** What follows the task's id in the key of a row; bodies and log lines of the task lie beside it. */
export const ROW_SORT_KEY = 'task'

/**
 * Attributes of a row. Short, because each write bills the whole row by the KB. Owner, name and time of creation are read from the keys
 * of the list indexes.
 */
export const attributes = {
  id: tasksTable.partitionKey,
  owner: tasksTable.byOwner.partitionKey,
  name: tasksTable.byName.partitionKey,
  createdAt: tasksTable.byOwner.sortKey,
  priority: 'p',
  state: 's',
  run: 'r',
  attempt: 'a',
  attemptsLeft: 'l',
  maxAttempts: 'm',
  runAt: 'ra',
  wakeAt: 'w',
  startedAt: 'sa',
  finishedAt: 'f',
  expiresAt: 'x',
  cancelRequestedAt: 'k',
  version: 'v',
  schemaVersion: 'sv',
  title: 't',
  description: 'd',
  tags: 'g',
  payload: 'y',
  payloadAt: 'ya',
  fingerprint: 'fp',
  policy: 'po',
  progress: 'pr',
  result: 'z',
  resultAt: 'za',
  lastError: 'e',
  history: 'h',
  scheduleId: 'si',
  scheduledFor: 'sf',
  traceparent: 'tp',
  leaseToken: 'lt',
  heldBy: 'hb',
} as const satisfies Readonly<Record<keyof TaskRow, string>>

interface Codec {
  encode(value: unknown, id: string): AttributeValue
  decode(value: AttributeValue): unknown
}

const text: Codec = { encode: value => ({ S: String(value) }), decode: value => value.S }
const number: Codec = { encode: value => ({ N: String(value) }), decode: value => Number(value.N) }
const json: Codec = {
  encode: value => ({ S: JSON.stringify(value) }),
  decode: value => JSON.parse(String(value.S)),
}
const body: Codec = { encode: value => encodeText(String(value)), decode: decodeText }
const partition: Codec = {
  encode: (value, id) => ({ S: sharded(String(value), shardOf(id)) }),
  decode: value => unsharded(String(value.S)),
}
const place: Codec = {
  encode: (value, id) => ({ S: placeOf(Number(value), id) }),
  decode: value => timeOf(String(value.S)),
}

const codecs: Readonly<Record<Field, Codec>> = {
  id: text,
  owner: partition,
  name: partition,
  createdAt: place,
  priority: number,
  state: text,
  run: number,
  attempt: number,
  attemptsLeft: number,
  maxAttempts: number,
  runAt: number,
  wakeAt: number,
  startedAt: number,
  finishedAt: number,
  expiresAt: number,
  cancelRequestedAt: number,
  version: number,
  schemaVersion: number,
  title: text,
  description: text,
  tags: json,
  payload: body,
  payloadAt: text,
  fingerprint: text,
  policy: json,
  progress: json,
  result: body,
  resultAt: text,
  lastError: json,
  scheduleId: text,
  scheduledFor: number,
  traceparent: text,
  leaseToken: text,
  heldBy: text,
}

/** Fields of a row but its history. */
export const fields = Object.keys(codecs) as Field[]

/** @param id of the row, on which the keys of its indexes depend */
export function encodeField(field: Field, value: unknown, id: string): AttributeValue {
  return codecs[field].encode(value, id)
}

export function encodeHistory(history: TaskRow['history']): AttributeValue {
  return { L: history.map(entry => ({ S: encodeEntry(entry) })) }
}

/** The key of any item of the tasks table. */
export function itemKey(partition: string, key: string): Record<string, AttributeValue> {
  return { [tasksTable.partitionKey]: { S: partition }, [tasksTable.sortKey]: { S: key } }
}

export function rowKey(id: string): Record<string, AttributeValue> {
  return itemKey(id, ROW_SORT_KEY)
}

export function encodeRow(row: TaskRow): Record<string, AttributeValue> {
  const item: Record<string, AttributeValue> = { ...rowKey(row.id), [attributes.history]: encodeHistory(row.history) }
  for (const field of fields) {
    const value = row[field]
    if (value !== undefined) item[attributes[field]] = encodeField(field, value, row.id)
  }
  return item
}

/** Reads a row, or the part of one that was asked for. What a newer version has added is passed over (H102). */
export function decodeRow(item: Item): TaskRow {
  const row: Record<string, unknown> = {}
  for (const field of fields) {
    const value = item[attributes[field]]
    if (value !== undefined) row[field] = codecs[field].decode(value)
  }
  row.history = (item[attributes.history]?.L ?? []).map(entry => decodeEntry(String(entry.S)))
  // The attributes are those that `encodeRow` and the updates wrote.
  return row as unknown as TaskRow
}
