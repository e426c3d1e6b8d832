import type { SQLInputValue, SQLOutputValue } from 'node:sqlite'
import type { Field } from '../core/change.ts'
import type { HistoryEntry, TaskRow } from '../core/task.ts'

/** Columns of a row, named as the fields are. `previous` is the state before the latest change, for the counters. */
export const columns = [
  'id', 'name', 'owner', 'priority', 'state', 'run', 'attempt', 'attemptsLeft', 'maxAttempts', 'runAt', 'wakeAt', 'createdAt',
  'startedAt', 'finishedAt', 'expiresAt', 'cancelRequestedAt', 'version', 'schemaVersion', 'title', 'description', 'tags', 'payload',
  'payloadAt', 'fingerprint', 'policy', 'progress', 'result', 'resultAt', 'lastError', 'history', 'scheduleId', 'traceparent',
  'leaseToken', 'heldBy',
] as const satisfies readonly (keyof TaskRow)[]

const jsonFields: ReadonlySet<string> = new Set<Field>(['tags', 'policy', 'progress', 'lastError'])

/** Fields that a statement may name; anything else is a mistake of the program. */
export const fields: ReadonlySet<string> = new Set(columns.filter(column => column !== 'history'))

export function encodeValue(field: string, value: unknown): SQLInputValue {
  if (value === undefined) return null
  return jsonFields.has(field) ? JSON.stringify(value) : (value as SQLInputValue)
}

/** Entries as a run of `{…},{…}`, so that one is appended by a concatenation and no read. */
export function encodeHistory(entries: readonly HistoryEntry[]): string {
  return JSON.stringify(entries).slice(1, -1)
}

export function encodeRow(row: TaskRow): SQLInputValue[] {
  const values: SQLInputValue[] = new Array(columns.length)
  for (let index = 0; index < columns.length; index++) {
    const column = columns[index] as (typeof columns)[number]
    values[index] = column === 'history' ? encodeHistory(row.history) : encodeValue(column, row[column])
  }
  return values
}

/**
 * Reads a row from its columns in the order of `columns`. The history is decoded when somebody looks at it: a worker
 * that claims and settles a task does not.
 */
export function decodeRow(values: SQLOutputValue[]): TaskRow {
  const v = values as Cell[]
  const historyText = v[29] as string
  let history: readonly HistoryEntry[] | undefined
  // The cells are what `encodeRow` wrote into a STRICT table; absent ones are undefined, which readers take for absent.
  return {
    id: v[0],
    name: v[1],
    owner: v[2],
    priority: v[3],
    state: v[4],
    run: v[5],
    attempt: v[6],
    attemptsLeft: v[7],
    maxAttempts: v[8],
    runAt: v[9],
    wakeAt: v[10] ?? undefined,
    createdAt: v[11],
    startedAt: v[12] ?? undefined,
    finishedAt: v[13] ?? undefined,
    expiresAt: v[14] ?? undefined,
    cancelRequestedAt: v[15] ?? undefined,
    version: v[16],
    schemaVersion: v[17],
    title: v[18] ?? undefined,
    description: v[19] ?? undefined,
    tags: parse(v[20]),
    payload: v[21] ?? undefined,
    payloadAt: v[22] ?? undefined,
    fingerprint: v[23] ?? undefined,
    policy: parse(v[24]),
    progress: parse(v[25]),
    result: v[26] ?? undefined,
    resultAt: v[27] ?? undefined,
    lastError: parse(v[28]),
    get history() {
      history ??= JSON.parse(`[${historyText}]`) as HistoryEntry[]
      return history
    },
    scheduleId: v[30] ?? undefined,
    traceparent: v[31] ?? undefined,
    leaseToken: v[32] ?? undefined,
    heldBy: v[33] ?? undefined,
  } as unknown as TaskRow
}

type Cell = string | number | null | undefined

function parse(text: Cell): unknown {
  return typeof text === 'string' ? JSON.parse(text) : undefined
}
