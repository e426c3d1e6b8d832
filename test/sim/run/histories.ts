import type { Plant } from '../plant.ts'
import { type History, simulate, type Variation } from '../simulate.ts'
import { addHistory, emptySummary, type Summary } from './summary.ts'

/** One history of so many is run twice and must be the same, and once more with the whole SDK. */
const TWICE = 100

/** Runs the histories of some seeds, until one of them is not as it should be. */
export async function runHistories(from: number, to: number, plant?: Plant, more: Variation = {}): Promise<Summary> {
  const summary = emptySummary()
  for (let seed = from; seed <= to && !summary.found; seed++) {
    try {
      const variation = { ...more, plant }
      const history = await simulate(seed, variation)
      addHistory(summary, history)
      if (history.violation) summary.found = { seed, violation: history.violation }
      else if (seed % TWICE === 0) await again(history, variation, summary)
    } catch (error) {
      summary.found = { seed, mistake: error instanceof Error ? String(error.stack) : String(error) }
    }
  }
  return summary
}

async function again({ seed, hash }: History, variation: Variation, summary: Summary): Promise<void> {
  summary.again++
  const second = await simulate(seed, variation)
  if (second.hash !== hash) summary.found = { seed, mistake: 'it is not the same twice' }
  // What is sent in one turn may leave it in another order with so many more steps in between: another history, as good as the first.
  const { violation } = await simulate(seed, { ...variation, sdk: 'whole' })
  if (violation) summary.found = { seed, violation, isWhole: true }
}
