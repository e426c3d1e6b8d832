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

/**
 * The same on Lambda, where timers hold the process. It is frozen between events whatever it waits for; but one that waits for nothing
 * but timers which do not count, such as the pause before a write is tried again, would be taken for one that has ended without an answer.
 */
export const lambdaClock: Clock = {
  now: () => Date.now(),
  after(delayMs, action) {
    const timer = setTimeout(action, delayMs)
    return () => clearTimeout(timer)
  },
}
