import { type Fault, faultNames } from '../fault-kinds.ts'
import type { Rates } from '../faults.ts'
import type { TaskHistory } from '../history.ts'
import { simulate, type Variation } from '../simulate.ts'

/** What is left of a history when everything is taken away that its violation does not need. */
export interface Shrunk {
  readonly history: TaskHistory
  readonly tasks: number
  /** Kinds of faults that are not needed. */
  readonly without: readonly Fault[]
}

/** A shrinking that takes longer than so many histories is not worth waiting for. */
const MOST_TRIES = 200

/** Looks for a smaller history of the same seed that breaks the same promise: with fewer tasks, then with fewer kinds of faults. */
export async function shrink(first: TaskHistory, variation: Variation): Promise<Shrunk> {
  const promise = first.violation?.promise
  let best: Shrunk = { history: first, tasks: first.settings.tasks, without: [] }
  let tries = 0

  async function attempt(tasks: number, without: readonly Fault[]): Promise<boolean> {
    if (tries++ >= MOST_TRIES) return false
    const settings = { ...variation.settings, tasks }
    const history = await simulate(first.seed, {
      ...variation,
      settings,
      rates: { ...variation.rates, ...noneOf(without) },
    })
    if (history.violation?.promise !== promise) return false
    best = { history, tasks, without }
    return true
  }

  for (let tasks = 1; tasks < first.settings.tasks; tasks++) if (await attempt(tasks, [])) break
  const drawn = faultNames.filter(fault => first.rates[fault] > 0)
  // All that never happened at once, then one by one.
  const idle = drawn.filter(fault => !best.history.faults[fault])
  if (idle.length > 0) await attempt(best.tasks, idle)
  for (const fault of drawn) if (!best.without.includes(fault)) await attempt(best.tasks, [...best.without, fault])
  return best
}

export function noneOf(faults: readonly Fault[]): Partial<Rates> {
  return Object.fromEntries(faults.map(fault => [fault, 0]))
}
