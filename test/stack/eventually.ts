import { until } from '../helpers/client.ts'

/** Often enough to see a change soon, rarely enough for a machine that runs every function as a process. */
const EVERY_MS = 400

/** Asks until the answer is as wanted. @throws Error with the last one when that takes too long */
export function eventually<T>(ask: () => Promise<T>, wanted: (answer: T) => boolean, limitMs = 60_000): Promise<T> {
  return until(ask, wanted, limitMs, EVERY_MS)
}
