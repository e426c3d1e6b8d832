import type { Clock } from '../ports/clock.ts'

/** The machine's clock: the only one in the program. */
export const systemClock: Clock = {
  now: () => Date.now(),
  after(delayMs, action) {
    const timer = setTimeout(action, delayMs)
    timer.unref()
    return () => clearTimeout(timer)
  },
}
