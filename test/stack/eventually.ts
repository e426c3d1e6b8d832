import { setTimeout as delay } from 'node:timers/promises'

/** Often enough to see a change soon, rarely enough for a machine that runs every function as a process. */
const EVERY_MS = 400

/** Asks until the answer is as wanted. @throws Error with the last one when that takes too long */
export async function eventually<T>(
  ask: () => Promise<T>,
  wanted: (answer: T) => boolean,
  limitMs = 60_000,
): Promise<T> {
  const end = performance.now() + limitMs
  for (;;) {
    const answer = await ask()
    if (wanted(answer)) return answer
    if (performance.now() > end)
      throw new Error(`not within ${limitMs} ms; last: ${JSON.stringify(answer)?.slice(0, 2_000)}`)
    await delay(EVERY_MS)
  }
}
