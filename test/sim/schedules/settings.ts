import type { World } from '../world.ts'

/** How often timers do what they should not. */
export interface TimerRates {
  readonly doubled: number
  readonly lost: number
  /** Minutes, or hours. */
  readonly late: number
  /** Seconds, or minutes. */
  readonly early: number
  /** Fires on after it was replaced or removed. */
  readonly stale: number
}

/** What a history is like, apart from the faults of calls. */
export interface Settings {
  readonly schedules: number
  readonly faultyMs: number
  /** How often somebody looks at all that is due. */
  readonly reconcileMs: number
  /** Changes that people make. */
  readonly changes: number
  /** Share of changes that two make at once. */
  readonly pairs: number
  /** Some are declared beside the tasks, and deployed so often. */
  readonly deployments: number
  readonly timers: TimerRates
  /** Tasks that an owner may submit in a minute; any number when absent. */
  readonly submitLimit: number | undefined
}

const MINUTE_MS = 60_000
/** Daylight saving begins and ends in Berlin an hour after these. */
const CHANGES_OF_CLOCKS = ['2031-03-30T00:45:00Z', '2031-10-26T00:05:00Z']

export function drawSettings(world: World): Settings {
  const { random } = world
  if (random.chance(0.2)) world.now = Date.parse(random.pick(CHANGES_OF_CLOCKS))
  const rate = (most: number) => (random.chance(0.5) ? random.next() * most : 0)
  return {
    schedules: random.between(1, 3),
    faultyMs: random.between(3, 8) * MINUTE_MS,
    reconcileMs: random.chance(0.75) ? MINUTE_MS : 4 * MINUTE_MS,
    changes: random.chance(0.8) ? random.between(1, 8) : 0,
    pairs: random.chance(0.5) ? random.next() : 0,
    deployments: random.chance(0.25) ? random.between(1, 3) : 0,
    timers: { doubled: rate(0.5), lost: rate(0.6), late: rate(0.5), early: rate(0.3), stale: rate(0.8) },
    submitLimit: random.chance(0.2) ? random.between(2, 8) : undefined,
  }
}
