import { randomUUID } from 'node:crypto'
import type { Instant } from '../core/task.ts'
import type { Janitor, JanitorPass } from '../identity/janitor.ts'
import type { Clock } from '../ports/clock.ts'

/** Has the janitor run once a day, at the time when a rule on AWS does. It remembers nothing that the store does not know. */
export interface JanitorClock {
  /** Runs it at once when it has not run since it was due last: the server was not there then. */
  start(): void
  /** @returns when what it was at has been written */
  stop(): Promise<void>
}

export interface JanitorClockOptions {
  readonly janitor: Janitor
  readonly clock: Clock
  readonly failed: (error: unknown) => void
}

const DAY_MS = 86_400_000
/** 02:30 UTC. */
const DUE_MS = 9_000_000
/** Between two looks at the clock: it may jump, and the machine may have slept. */
const LOOK_MS = 60_000

export function createJanitorClock({ janitor, clock, failed }: JanitorClockOptions): JanitorClock {
  let running = false
  let working: Promise<void> = Promise.resolve()
  let cancelTimer = () => {}
  let last: JanitorPass | undefined

  async function turn(): Promise<void> {
    last ??= await janitor.last()
    if (isDue(last, clock.now())) last = await janitor.run(randomUUID(), () => running)
  }

  function work(): void {
    working = turn()
      .catch(failed)
      .then(() => {
        if (running) cancelTimer = clock.after(LOOK_MS, work)
      })
  }

  return {
    start() {
      running = true
      work()
    },
    async stop() {
      running = false
      cancelTimer()
      await working
    },
  }
}

/** Whether a pass has to go on, or to begin: none has since the time of the day was last reached. */
function isDue(last: JanitorPass | undefined, now: Instant): boolean {
  if (!last || last.endedAt === undefined) return true
  const dueAt = Math.floor((now - DUE_MS) / DAY_MS) * DAY_MS + DUE_MS
  // One that began in the future was told the time by a clock that was wrong.
  return last.startedAt < dueAt || last.startedAt > now
}
