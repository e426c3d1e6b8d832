import { type Hint, type Instant, SCHEMA_VERSION, type TaskRow } from './task.ts'

/** What becomes of a hint, and of the row that it could not claim. */
export type Verdict =
  | { readonly do: 'ack' }
  | { readonly do: 'leave' }
  | { readonly do: 'look again'; readonly at: Instant; readonly row: TaskRow }
  | { readonly do: 'bury'; readonly row: TaskRow }

/** A row that is due but whose priority is paused is looked at again so much later: each look is paid for. */
const LATER_MS = 10_000
/** The longest that a spare hint waits between two looks. A message cannot wait longer by itself. */
const LONGEST_MS = 15 * 60_000

/** Judges a lost write by the row that won, at the same `now` as the write. */
export function judge(hint: Hint, row: TaskRow | undefined, now: Instant): Verdict {
  if (row?.wakeAt === undefined) return { do: 'ack' } // deleted or terminal
  if (row.wakeAt <= now) {
    // A worker of the version that wrote it is on its way. The message that comes back is counted, so that this ends some day (H53, H102).
    if (row.schemaVersion > SCHEMA_VERSION) return { do: 'leave' }
    return isStartable(row, now) ? { do: 'look again', at: now + LATER_MS, row } : { do: 'bury', row }
  }
  if (row.state !== 'RUNNING') return { do: 'look again', at: row.wakeAt, row }
  // The holder's own message brings the task back if it dies (H25).
  if (row.heldBy === hint.messageId) return { do: 'leave' }
  // Every other one is spare, unless that one is gone: of a message that came twice, the one who had it first may have deleted it.
  return { do: 'look again', at: spareAt(row, now), row }
}

/** When the lease ends; of an attempt that has lasted longer than that, after as long again: a long one must not cost a hint per lease. */
function spareAt(row: TaskRow, now: Instant): Instant {
  const { wakeAt = now, startedAt = now } = row
  return Math.max(wakeAt, now + Math.min(now - startedAt, LONGEST_MS))
}

function isStartable(row: TaskRow, now: Instant): boolean {
  return row.attemptsLeft > 0 && (row.expiresAt === undefined || row.expiresAt > now)
}
