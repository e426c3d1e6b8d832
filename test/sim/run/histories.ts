import type { History } from '../history.ts'
import type { Summary, Tally } from './summary.ts'

/** One history of so many is run twice and must be the same, and once more with the whole SDK. */
const TWICE = 100

/** How the histories of a run are played, and what is kept of them. */
export interface Player<Broken, Played extends History<Broken>, Sum extends Summary<Broken>> {
  play(seed: number): Promise<Played>
  /** Through the whole SDK, where there is one. */
  whole?(seed: number): Promise<Played>
  readonly tally: Tally<Played, Sum>
}

/** Runs the histories of some seeds, until one of them is not as it should be. */
export async function runHistories<Broken, Played extends History<Broken>, Sum extends Summary<Broken>>(
  from: number,
  to: number,
  player: Player<Broken, Played, Sum>,
): Promise<Sum> {
  const { tally } = player
  const summary = tally.empty()
  // Errors are part of most histories, and to note where each comes from takes a tenth of the time.
  const { stackTraceLimit } = Error
  Error.stackTraceLimit = 0
  for (let seed = from; seed <= to && !summary.found; seed++) {
    try {
      const history = await player.play(seed)
      tally.add(summary, tally.of(history))
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

async function again<Broken, Played extends History<Broken>>(
  { seed, hash }: Played,
  player: Pick<Player<Broken, Played, Summary<Broken>>, 'play' | 'whole'>,
  summary: Summary<Broken>,
): Promise<void> {
  summary.again++
  const second = await player.play(seed)
  if (second.hash() !== hash()) summary.found = { seed, mistake: 'it is not the same twice' }
  // What is sent in one turn may leave it in another order with so many more steps in between: another history, as good as the first.
  const whole = await player.whole?.(seed)
  if (whole?.violation) summary.found = { seed, violation: whole.violation, isWhole: true }
}
