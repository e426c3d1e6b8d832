import { type HistoryEntry, isTerminal } from './task.ts'

/** Most entries a row keeps; a crash of every worker that claims it may add a few more. */
export const HISTORY_LIMIT = 50
/** Room for what is appended without having read the row: a start, a request to cancel, an end. */
const HEADROOM = 6
const KEPT_LATEST = 24
/** Older ends of runs and changes by people. */
const KEPT_EVENTS = HISTORY_LIMIT - HEADROOM - KEPT_LATEST - 2

/** The history to write instead of an appended entry, or undefined while there is room to append. */
export function foldedHistory(known: readonly HistoryEntry[], entry: HistoryEntry): HistoryEntry[] | undefined {
  if (known.length + 1 <= HISTORY_LIMIT - HEADROOM) return undefined
  const [first, ...rest] = [...known, entry]
  const old = rest.slice(0, -KEPT_LATEST)
  const events = new Set(old.filter(isEvent).slice(-KEPT_EVENTS))
  const retries = old.filter(each => !events.has(each))
  const last = retries.at(-1)
  if (!first || !last) return [...known, entry]
  const count = retries.reduce((sum, each) => sum + (each.folded ?? 1), 0)
  const line: HistoryEntry = { at: last.at, to: last.to, why: `${count} earlier entries`, folded: count }
  const kept = old.flatMap(each => (each === last ? [line] : events.has(each) ? [each] : []))
  return [first, ...kept, ...rest.slice(-KEPT_LATEST)]
}

/** What somebody may look for later: how a run ended, and what people did. */
function isEvent(entry: HistoryEntry): boolean {
  return entry.folded === undefined && (entry.by !== undefined || isTerminal(entry.to))
}
