import type { World } from './world.ts'

/** What a history is like, apart from its faults. */
export interface Settings {
  readonly tasks: number
  /** How long faults happen. */
  readonly faultyMs: number
  /** A reconcile runs now and then. What it would heal shows only without it. */
  readonly reconciled: boolean
  /** Changes that people make. */
  readonly changes: number
  readonly pauses: number
  /** Names are paused while everything or a priority is, too. */
  readonly mixedPauses: boolean
  /** Share of tasks whose run time is ahead. */
  readonly delayed: number
  /** Share of tasks that may not start after some time. */
  readonly expiring: number
  /** The stream tells of all changes, and counters are kept. */
  readonly counted: boolean
  /** Share of keys that are used for another request, too. */
  readonly keysReused: number
  /** How long rows are kept after their end. */
  readonly retentionMs: number
  /** Share of steps that take down the whole worker. */
  readonly exits: number
}

const WEEK_MS = 7 * 86_400_000

export function drawSettings({ random }: World): Settings {
  const settings = {
    tasks: random.between(2, 9),
    faultyMs: random.between(2, 8) * 60_000,
    reconciled: random.chance(0.4),
    changes: random.chance(0.6) ? random.between(1, 10) : 0,
    pauses: random.chance(0.35) ? random.between(1, 3) : 0,
    mixedPauses: random.chance(0.5),
    delayed: random.chance(0.5) ? random.next() : 0,
    expiring: random.chance(0.3) ? random.next() * 0.6 : 0,
    counted: random.chance(0.3),
    retentionMs: random.chance(0.2) ? random.between(1, 10) * 60_000 : WEEK_MS,
    keysReused: 0,
    exits: random.chance(0.3) ? random.next() * 0.3 : 0,
  }
  // A key is forgotten with its row.
  return settings.retentionMs < WEEK_MS ? settings : { ...settings, keysReused: random.chance(0.3) ? 0.3 : 0 }
}
