import type { Instant } from '../../shared/core/task.ts'
import type { Clock } from '../../shared/ports/clock.ts'

/** An instant of the one day on which these tests happen: `at('09:30:07')`. */
export function at(time: string): Instant {
  const instant = Date.parse(`2031-05-17T${time}Z`)
  if (Number.isNaN(instant)) throw new Error(`${time} is no time of day`)
  return instant
}

/** Time that moves when a test says so. */
export interface ManualClock extends Clock {
  /** Moves on by so much, timer by timer; what each sets off runs to its next wait before the next one fires. */
  advance(ms: number): Promise<void>
  /** Moves the hands only, forwards or back: no timer fires. */
  set(now: Instant): void
  /** Timers that have not fired. */
  timers(): number
}

interface Timer {
  readonly at: Instant
  readonly action: () => void
}

export function createManualClock(start: Instant = at('10:00:00')): ManualClock {
  let now = start
  const timers = new Set<Timer>()

  function nextUntil(end: Instant): Timer | undefined {
    let next: Timer | undefined
    for (const timer of timers) if (timer.at <= end && (!next || timer.at < next.at)) next = timer
    return next
  }

  return {
    now: () => now,
    after(delayMs, action) {
      const timer = { at: now + delayMs, action }
      timers.add(timer)
      return () => void timers.delete(timer)
    },
    async advance(ms) {
      const end = now + ms
      await turns()
      for (let next = nextUntil(end); next; next = nextUntil(end)) {
        timers.delete(next)
        now = Math.max(now, next.at)
        next.action()
        await turns()
      }
      now = end
    },
    set(instant) {
      now = instant
    },
    timers: () => timers.size,
  }
}

/** Turns of the event loop that the longest chain of commits in one process takes. */
const ENOUGH = 30

/** Lets everything that waits for no timer and no other thread happen. */
export async function turns(count: number = ENOUGH): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise(setImmediate)
}

/** Real time after which something that has not happened will not happen. */
const PATIENCE_MS = 15_000

/** Waits for something to become so, turn by turn. */
export async function until<T>(check: () => T | undefined | false, what: string): Promise<T> {
  const deadline = performance.now() + PATIENCE_MS
  for (;;) {
    const found = check()
    if (found !== undefined && found !== false) return found
    if (performance.now() > deadline) throw new Error(`it has not happened: ${what}`)
    await new Promise(setImmediate)
  }
}
