import type { SQLInputValue, SQLOutputValue } from 'node:sqlite'
import type { HistoryEntry, TaskRow } from '../core/task.ts'

/** Columns of a row, named as the fields are. */
export const columns = [
  'id',
  'name',
  'owner',
  'priority',
  'state',
  'run',
  'attempt',
  'attemptsLeft',
  'maxAttempts',
  'runAt',
  'wakeAt',
  'createdAt',
  'startedAt',
  'finishedAt',
  'expiresAt',
  'cancelRequestedAt',
  'version',
  'schemaVersion',
  'title',
  'description',
  'tags',
  'payload',
  'payloadAt',
  'fingerprint',
  'policy',
  'progress',
  'result',
  'resultAt',
  'lastError',
  'history',
  'scheduleId',
  'traceparent',
  'leaseToken',
  'heldBy',
  'scheduledFor',
] as const satisfies readonly (keyof TaskRow)[]

/** The columns, and last the number of the row. */
export const SELECTED = `${columns.map(column => `"${column}"`).join(', ')}, seq`

/** A row and its number in the file. */
export interface StoredRow {
  readonly seq: number
  readonly row: TaskRow
  /** The history as it is written. */
  readonly history: string
}

/** Objects (tags, policy, progress, error) are written as JSON, all else as it is. */
export function encodeField(row: TaskRow, field: keyof TaskRow): SQLInputValue {
  const value = row[field]
  if (value === undefined) return null
  return typeof value === 'object' ? JSON.stringify(value) : value
}

export function encodeRow(row: TaskRow): SQLInputValue[] {
  return columns.map(column => (column === 'history' ? encodeHistory(row.history) : encodeField(row, column)))
}

/** Reads a row from its cells in the order of `SELECTED`. */
export function decodeRow(cells: readonly SQLOutputValue[]): StoredRow {
  const v = cells as readonly Cell[]
  // The cells are what `encodeRow` wrote into a STRICT table; undefined stands for an absent field.
  const row = {
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
    history: decodeHistory(v[29] as string),
    scheduleId: v[30] ?? undefined,
    traceparent: v[31] ?? undefined,
    leaseToken: v[32] ?? undefined,
    heldBy: v[33] ?? undefined,
    scheduledFor: v[34] ?? undefined,
  } as unknown as TaskRow
  return { seq: v[35] as number, row, history: v[29] as string }
}

type Cell = string | number | null | undefined

function parse(text: Cell): unknown {
  return typeof text === 'string' ? JSON.parse(text) : undefined
}

/**
 * The history as a JSON list of lines: an entry without the names of its fields, because a row is written three times in its life, and
 * most of what is written is history.
 */
type Line = [
  HistoryEntry['at'],
  HistoryEntry['to'],
  (number | null)?,
  (string | null)?,
  (string | null)?,
  (number | null)?,
]

export function encodeHistory(entries: readonly HistoryEntry[]): string {
  return `[${entries.map(encodeLine).join(',')}]`
}

/** As `encodeHistory` of the list and one more entry. */
export function appendHistory(encoded: string, entry: HistoryEntry): string {
  return `${encoded.slice(0, -1)},${encodeLine(entry)}]`
}

function encodeLine({ at, to, attempt, why, by, folded }: HistoryEntry): string {
  if (why === undefined && by === undefined && folded === undefined) {
    return attempt === undefined ? `[${at},"${to}"]` : `[${at},"${to}",${attempt}]`
  }
  return JSON.stringify([at, to, attempt ?? null, why ?? null, by ?? null, folded ?? null] satisfies Line)
}

function decodeHistory(text: string): HistoryEntry[] {
  if (text === '') return []
  return (JSON.parse(text) as Line[]).map(([at, to, attempt, why, by, folded]) => ({
    at,
    to,
    ...(typeof attempt === 'number' && { attempt }),
    ...(typeof why === 'string' && { why }),
    ...(typeof by === 'string' && { by }),
    ...(typeof folded === 'number' && { folded }),
  }))
}
