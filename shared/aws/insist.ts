import type { Clock } from '../ports/clock.ts'

/** Pauses before DynamoDB is asked again for what a batch has left over, or what others were in the way of. */
export const PAUSES_MS: readonly number[] = [50, 200, 800]

/**
 * Asks again for what a batch has left over, a few times: an answer may be short because of its size, or of a table that is too busy.
 * @param send answers what it has left over
 * @returns what still is
 */
export async function insist<T>(
  clock: Clock,
  all: readonly T[],
  send: (some: readonly T[]) => Promise<readonly T[]>,
): Promise<readonly T[]> {
  let open = all
  for (let tries = 0; open.length > 0; tries++) {
    open = await send(open)
    const ms = PAUSES_MS[tries]
    if (open.length === 0 || ms === undefined) return open
    await pause(clock, ms)
  }
  return open
}

export function pause(clock: Clock, ms: number): Promise<void> {
  return new Promise(resolve => void clock.after(ms, resolve))
}
