import type { HistoryEntry, TaskState } from '../core/task.ts'
import { encodeTime } from '../core/task-id.ts'
import { timeOf } from './places.ts'

/**
 * An entry of the history as one short text: a row is written three times in its life, and each write bills the whole of it. First the
 * time and a letter for the state, then the attempt, then as JSON what few entries have: `01JXQ8Z4M0C1`.
 */
export function encodeEntry({ at, to, attempt, why, by, folded }: HistoryEntry): string {
  const start = `${encodeTime(at)}${letters[to]}${attempt ?? ''}`
  if (why === undefined && by === undefined && folded === undefined) return start
  return `${start}${JSON.stringify([why ?? null, by ?? null, folded ?? null] satisfies Words)}`
}

export function decodeEntry(text: string): HistoryEntry {
  const [, time = '', letter = '', attempt = '', words] = ENTRY.exec(text) ?? []
  const to = states.get(letter)
  if (!to) throw new TypeError('an entry of the history cannot be read')
  const [why, by, folded] = words === undefined ? [] : (JSON.parse(words) as Words)
  return {
    at: timeOf(time),
    to,
    ...(attempt !== '' && { attempt: Number(attempt) }),
    ...(typeof why === 'string' && { why }),
    ...(typeof by === 'string' && { by }),
    ...(typeof folded === 'number' && { folded }),
  }
}

type Words = [why: string | null, by: string | null, folded: number | null]

const ENTRY = /^(.{10})([A-Z])(\d*)(\[.*\])?$/s

const letters: Readonly<Record<TaskState, string>> = {
  PENDING: 'P',
  RETRYING: 'T',
  RUNNING: 'R',
  COMPLETED: 'C',
  DEAD: 'D',
  CANCELED: 'X',
  EXPIRED: 'E',
}
const states = new Map(Object.entries(letters).map(([state, letter]) => [letter, state as TaskState]))
