import { simulateEmbedded } from '../embedded/simulate.ts'
import type { Plant } from '../plant.ts'
import { type History, simulate, type Variation } from '../simulate.ts'
import { addHistory, emptySummary, type Summary } from './summary.ts'

/** One history of so many is run twice and must be the same, and once more with the whole SDK. */
const TWICE = 100

/** How the histories of a run are played. */
export interface Player {
  play(seed: number): Promise<History>
  /** Through the whole SDK, where there is one. */
  whole?(seed: number): Promise<History>
}

export function onAws(plant?: Plant, more: Variation = {}): Player {
  const variation = { ...more, plant }
  return {
    play: seed => simulate(seed, variation),
    whole: seed => simulate(seed, { ...variation, sdk: 'whole' }),
  }
}

export const onOneMachine: Player = { play: seed => simulateEmbedded(seed) }

/** Runs the histories of some seeds, until one of them is not as it should be. */
export async function runHistories(from: number, to: number, player: Player): Promise<Summary> {
  const summary = emptySummary()
  // Errors are part of most histories, and to note where each comes from takes a tenth of the time.
  const { stackTraceLimit } = Error
  Error.stackTraceLimit = 0
  for (let seed = from; seed <= to && !summary.found; seed++) {
    try {
      const history = await player.play(seed)
      addHistory(summary, history)
      if (history.violation) summary.found = { seed, violation: history.violation }
      else if (seed % TWICE === 0) await again(history, player, summary)
    } catch (error) {
      Error.stackTraceLimit = stackTraceLimit
      summary.found = { seed, mistake: await told(error, () => player.play(seed)) }
    }
  }
  Error.stackTraceLimit = stackTraceLimit
  return summary
}

/** An error that nobody expects, and where it comes from: it comes once more. */
async function told(error: unknown, again: () => Promise<unknown>): Promise<string> {
  const second = await again().then(
    () => error,
    (second: unknown) => second,
  )
  return second instanceof Error ? String(second.stack) : String(second)
}

async function again({ seed, hash }: History, player: Player, summary: Summary): Promise<void> {
  summary.again++
  const second = await player.play(seed)
  if (second.hash() !== hash()) summary.found = { seed, mistake: 'it is not the same twice' }
  // What is sent in one turn may leave it in another order with so many more steps in between: another history, as good as the first.
  const whole = await player.whole?.(seed)
  if (whole?.violation) summary.found = { seed, violation: whole.violation, isWhole: true }
}
