import type { Recovery } from '../check-recovery.ts'
import type { Fault } from '../fault-kinds.ts'
import type { History } from '../simulate.ts'
import type { Violation } from '../violation.ts'

/** What some histories have shown, in a form that threads can hand over. */
export interface Summary {
  histories: number
  /** Of these, that were run a second time and were the same, and a third time with the whole SDK. */
  again: number
  events: number
  faults: Partial<Record<Fault, number>>
  triples: Set<string>
  recoveries: Recovery[]
  found?: Found
}

/** A history that is not as it should be. */
export interface Found {
  readonly seed: number
  /** None when the history itself could not be run, or not twice the same. */
  readonly violation?: Violation
  readonly mistake?: string
  /** It shows with the whole SDK. */
  readonly isWhole?: true
}

export function emptySummary(): Summary {
  return { histories: 0, again: 0, events: 0, faults: {}, triples: new Set(), recoveries: [] }
}

export function addHistory(summary: Summary, history: History): void {
  summary.histories++
  summary.events += history.events
  addFaults(summary, history.faults)
  for (const triple of history.triples) summary.triples.add(triple)
  for (const recovery of history.recoveries) summary.recoveries.push(recovery)
}

export function addSummary(to: Summary, from: Summary): void {
  to.histories += from.histories
  to.again += from.again
  to.events += from.events
  addFaults(to, from.faults)
  for (const triple of from.triples) to.triples.add(triple)
  for (const recovery of from.recoveries) to.recoveries.push(recovery)
  if (from.found && (!to.found || from.found.seed < to.found.seed)) to.found = from.found
}

function addFaults(to: Summary, faults: Summary['faults']): void {
  // Its keys are kinds of faults by type.
  for (const [kind, count] of Object.entries(faults) as [Fault, number][])
    to.faults[kind] = (to.faults[kind] ?? 0) + count
}

/** The value below which so many of all lie. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
}
