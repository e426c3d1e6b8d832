import type { World } from './world.ts'

/** What a history is like, apart from its faults. */
export interface Settings {
  readonly tasks: number
  /** How long faults happen. */
  readonly faultyMs: number
  /** A reconcile runs now and then. What it would heal shows only without it. */
  readonly reconciled: boolean
  /** How far clocks are off, at most, in either direction. */
  readonly skewMs: number
  /** Changes that people make. */
  readonly changes: number
  readonly pauses: number
  /** Names are paused while everything or a priority is, too. */
  readonly mixedPauses: boolean
  /** Share of tasks whose run time is ahead. */
  readonly delayed: number
  /** Share of steps that take down the whole worker. */
  readonly exits: number
}

export function drawSettings({ random }: World): Settings {
  return {
    tasks: random.between(4, 16),
    faultyMs: random.between(3, 12) * 60_000,
    reconciled: random.chance(0.4),
    skewMs: random.chance(0.5) ? random.between(0, 1_000) : 0,
    changes: random.chance(0.6) ? random.between(1, 16) : 0,
    pauses: random.chance(0.5) ? random.between(1, 3) : 0,
    mixedPauses: random.chance(0.5),
    delayed: random.chance(0.5) ? random.next() : 0,
    exits: random.chance(0.3) ? random.next() * 0.3 : 0,
  }
}
