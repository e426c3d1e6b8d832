import type { Instant } from '../core/task.ts'
import type { Clock } from '../ports/clock.ts'
import type { Schedules } from '../schedules/schedules.ts'

/** Looks at what is due when it is due. It remembers nothing that the store does not know. */
export interface ScheduleClock {
  start(): void
  /** Something may be due earlier than it was. */
  poke(): void
  /** @returns when what it was at has been written */
  stop(): Promise<void>
}

export interface ScheduleClockOptions {
  readonly schedules: Pick<Schedules, 'fireDue' | 'rewind'>
  readonly clock: Clock
  readonly failed: (error: unknown) => void
}

/** Longest sleep: after a suspend, and after a jump of the clock, what is due meanwhile is seen within it (H78). */
const LONGEST_SLEEP_MS = 1_000
const SHORTEST_SLEEP_MS = 5
const RETRY_MS = 1_000
/** A clock that goes back by more has been wrong, and decisions about times ahead with it. */
const JUMP_MS = 60_000

export function createScheduleClock({ schedules, clock, failed }: ScheduleClockOptions): ScheduleClock {
  let running = false
  let working: Promise<void> | undefined
  let rewinding: Promise<void> = Promise.resolve()
  let isPoked = false
  let cancelTimer = () => {}
  let latest: Instant = Number.POSITIVE_INFINITY

  async function turn(): Promise<number> {
    const now = clock.now()
    // At the start as well: nobody knows what the clock was before.
    const isBack = now < latest - JUMP_MS
    latest = now
    isPoked = false
    const { looked, failed, nextAt } = await schedules.fireDue(() => running)
    if (isBack) rewind()
    if (failed > 0) return RETRY_MS
    return looked > 0 ? SHORTEST_SLEEP_MS : (nextAt ?? Number.POSITIVE_INFINITY) - clock.now()
  }

  /** All schedules are read for it: what is due does not wait for that. */
  function rewind(): void {
    rewinding = rewinding
      .then(() => schedules.rewind(() => running))
      .then(
        () => poke(),
        error => {
          failed(error)
          // The next turn tries again.
          latest = Number.POSITIVE_INFINITY
        },
      )
  }

  function work(): void {
    if (working || !running) return
    working = turn()
      .catch(error => {
        failed(error)
        return RETRY_MS
      })
      .then(sleepMs => {
        working = undefined
        sleep(isPoked ? 0 : sleepMs)
      })
  }

  function sleep(ms: number): void {
    cancelTimer()
    if (running) cancelTimer = clock.after(Math.max(SHORTEST_SLEEP_MS, Math.min(ms, LONGEST_SLEEP_MS)), work)
  }

  function poke(): void {
    // What it is at may have passed by what is due now.
    if (working) isPoked = true
    else sleep(0)
  }

  return {
    start() {
      running = true
      work()
    },
    poke,
    async stop() {
      running = false
      cancelTimer()
      await Promise.all([working, rewinding])
    },
  }
}
