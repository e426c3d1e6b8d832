import type { Fault } from '../fault-kinds.ts'
import type { History } from '../history.ts'

/** What some histories have shown, in a form that threads can hand over. */
export interface Summary<Broken = unknown> {
  histories: number
  /** Of these, that were run a second time and were the same, and a third time with the whole SDK, where there is one. */
  again: number
  events: number
  faults: Partial<Record<Fault, number>>
  found?: Found<Broken>
}

/** A history that is not as it should be. */
export interface Found<Broken> {
  readonly seed: number
  /** None when the history itself could not be run, or not twice the same. */
  readonly violation?: Broken
  readonly mistake?: string
  /** It shows with the whole SDK. */
  readonly isWhole?: true
}

/** How what histories of one kind have shown is added up. */
export interface Tally<Played extends History, Sum extends Summary> {
  empty(): Sum
  of(history: Played): Sum
  add(to: Sum, from: Sum): void
}

export function emptySummary(): Omit<Summary, 'found'> {
  return { histories: 0, again: 0, events: 0, faults: {} }
}

export function summaryOf({ events, faults }: History): Omit<Summary, 'found'> {
  return { histories: 1, again: 0, events, faults }
}

export function addSummary<Broken>(to: Summary<Broken>, from: Summary<Broken>): void {
  to.histories += from.histories
  to.again += from.again
  to.events += from.events
  // Its keys are kinds of faults by type.
  for (const [kind, count] of Object.entries(from.faults) as [Fault, number][])
    to.faults[kind] = (to.faults[kind] ?? 0) + count
  if (from.found && (!to.found || from.found.seed < to.found.seed)) to.found = from.found
}

/** The value below which so many of all lie. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
}
