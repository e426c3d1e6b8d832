import type { HistoryEntry } from './task.ts'

/** Most entries a row keeps; a crash of every worker that claims it may add a few more. */
export const HISTORY_LIMIT = 50
/** Room for what is appended without having read the row: a start, a request to cancel, an end. */
const HEADROOM = 6
const KEPT_LATEST = 24

/** The history to write instead of an appended entry, or undefined while there is room to append. */
export function foldedHistory(known: readonly HistoryEntry[], entry: HistoryEntry): HistoryEntry[] | undefined {
  if (known.length + 1 <= HISTORY_LIMIT - HEADROOM) return undefined
  const all = [...known, entry]
  const [first, ...rest] = all
  const old = rest.slice(0, -KEPT_LATEST)
  const last = old.at(-1)
  if (!first || !last) return all
  const count = old.reduce((sum, each) => sum + (each.folded ?? 1), 0)
  return [
    first,
    { at: last.at, to: last.to, why: `${count} earlier entries`, folded: count },
    ...rest.slice(-KEPT_LATEST),
  ]
}
