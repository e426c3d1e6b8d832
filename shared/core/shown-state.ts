import { type Instant, isWaiting, type TaskRow, type TaskState } from './task.ts'

/** States as people see them. */
export type ShownState = TaskState | 'SCHEDULED'
export const shownStates = [
  'PENDING',
  'SCHEDULED',
  'RETRYING',
  'RUNNING',
  'COMPLETED',
  'DEAD',
  'CANCELED',
  'EXPIRED',
] as const

/** Nobody writes when a time comes, so what depends on the clock is derived, for reads and filters alike. */
export function shownState(row: Pick<TaskRow, 'state' | 'runAt' | 'expiresAt'>, now: Instant): ShownState {
  if (!isWaiting(row.state)) return row.state
  if (row.expiresAt !== undefined && row.expiresAt <= now) return 'EXPIRED'
  return row.state === 'PENDING' && row.runAt > now ? 'SCHEDULED' : row.state
}

const aliases: Readonly<Record<string, ShownState>> = {
  FAILED: 'DEAD',
  DEAD_LETTERED: 'DEAD',
  QUEUED: 'PENDING',
  PROCESSING: 'RUNNING',
  CANCELLED: 'CANCELED',
}

/** Reads a state as a filter gives it: any case, and the names that other queues use. */
export function parseState(text: string): ShownState | undefined {
  const upper = text.toUpperCase()
  return shownStates.find(state => state === upper) ?? (Object.hasOwn(aliases, upper) ? aliases[upper] : undefined)
}
