import type { Fault } from '../../fault-kinds.ts'
import type { Plant } from '../plant.ts'
import type { Violation } from '../promises.ts'
import { type History, simulate } from '../simulate.ts'

/** What some histories have shown, in a form that threads can hand over. */
export interface Summary {
  histories: number
  /** Of these, that were run a second time and were the same. */
  again: number
  events: number
  schedules: number
  tasks: number
  faults: Partial<Record<Fault, number>>
  found?: Found
}

/** A history that is not as it should be. */
export interface Found {
  readonly seed: number
  readonly violation?: Violation
  readonly mistake?: string
}

/** One history of so many is run twice and must be the same. */
const TWICE = 100

export function emptySummary(): Summary {
  return { histories: 0, again: 0, events: 0, schedules: 0, tasks: 0, faults: {} }
}

/** Runs the histories of some seeds, until one of them is not as it should be. */
export async function runHistories(from: number, to: number, plant?: Plant): Promise<Summary> {
  const summary = emptySummary()
  // Errors are part of most histories: to note where each comes from takes a tenth of the time.
  const { stackTraceLimit } = Error
  Error.stackTraceLimit = 0
  for (let seed = from; seed <= to && !summary.found; seed++) {
    try {
      const history = await simulate(seed, plant)
      add(summary, history)
      if (history.violation) summary.found = { seed, violation: history.violation }
      else if (seed % TWICE === 0) {
        summary.again++
        const second = await simulate(seed, plant)
        if (second.hash !== history.hash) summary.found = { seed, mistake: 'it is not the same twice' }
      }
    } catch (error) {
      summary.found = { seed, mistake: String(error) }
    }
  }
  Error.stackTraceLimit = stackTraceLimit
  return summary
}

function add(summary: Summary, { events, schedules, tasks, faults }: Omit<History, 'seed'>): void {
  addSummary(summary, { histories: 1, again: 0, events, schedules, tasks, faults })
}

export function addSummary(to: Summary, from: Summary): void {
  to.histories += from.histories
  to.again += from.again
  to.events += from.events
  to.schedules += from.schedules
  to.tasks += from.tasks
  // Its keys are kinds of faults by type.
  for (const [kind, count] of Object.entries(from.faults) as [Fault, number][])
    to.faults[kind] = (to.faults[kind] ?? 0) + count
  if (from.found && (!to.found || from.found.seed < to.found.seed)) to.found = from.found
}
