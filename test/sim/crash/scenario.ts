import { type Actors, createActors } from '../actors.ts'
import { type Cloud, createCloud } from '../cloud.ts'
import { faultNames } from '../fault-kinds.ts'
import { createFaults, type End, type Rates } from '../faults.ts'
import type { Call } from '../network.ts'
import type { Patch } from '../plant.ts'
import { noneOf } from '../run/shrink.ts'
import type { Settings } from '../settings.ts'
import type { Wanted } from '../story.ts'
import { trapped } from '../traps.ts'
import type { Violation } from '../violation.ts'
import { World } from '../world.ts'

/** A short story in which every call is known. */
export interface Scenario {
  readonly name: string
  readonly story: (now: number) => readonly Wanted[]
  /** What happens besides. */
  readonly acts?: (on: Acting) => void
  readonly settings?: Partial<Settings>
}

export interface Acting {
  readonly world: World
  readonly cloud: Cloud
  readonly actors: Actors
  /** Does something so many seconds from the start. */
  readonly at: (seconds: number, act: () => void) => void
}

/** What happens to which call, by its number. */
export type Plan = ReadonlyMap<number, End>

export interface Ran {
  /** All calls, in their order: who made it, and what it was. */
  readonly calls: readonly string[]
  readonly violation: Violation | undefined
}

const SEED = 11
const QUIET: Settings = {
  tasks: 0,
  faultyMs: 0,
  reconciled: false,
  changes: 0,
  pauses: 0,
  mixedPauses: false,
  delayed: 0,
  expiring: 0,
  counted: false,
  keysReused: 0,
  retentionMs: 7 * 86_400_000,
  exits: 0,
}
/** Longer than the redrive queue and a timer take together. */
const ENOUGH_MS = 2 * 3_600_000
const QUIET_MS = 120_000

/** Plays it with the faults of a plan and no others. */
export function play({ story, acts, settings }: Scenario, plan: Plan, patch: Patch = {}): Promise<Ran> {
  const world = new World(SEED)
  const calls: string[] = []
  const planned = ({ from, operation }: Call): End | undefined => {
    const end = plan.get(calls.length)
    calls.push(`${from.name} ${operation}`)
    return end
  }
  // All of them, and none of them happens.
  const faults = createFaults(world, { rates: noneOf(faultNames) as Rates, plan: planned })
  const wanted = story(world.now)
  const all = { ...QUIET, ...settings }
  return trapped(world, async () => {
    const cloud = createCloud({
      world,
      faults,
      settings: all,
      story: wanted,
      patch,
      sdk: 'short',
      transition: () => {},
    })
    const actors = createActors({ world, faults, settings: all, cloud })
    const { checker } = cloud
    let planned = 0
    const at = (seconds: number, act: () => void) => {
      planned++
      world.post(seconds * 1_000, 'a scene', () => {
        planned--
        act()
      })
    }
    actors.begin(wanted)
    acts?.({ world, cloud, actors, at })
    const hasEnded = () =>
      planned === 0 && actors.isQuiet() && actors.known.length >= wanted.length && checker.open(false).length === 0
    const isAtRest = await world.run(world.now + ENOUGH_MS, hasEnded)
    if (all.counted) await world.run(world.now + QUIET_MS, () => false)
    if (world.failure !== undefined) throw world.failure
    const [open] = checker.open(false)
    if (!isAtRest && !world.violation)
      world.violate({
        promise: 'P5',
        task: open?.id ?? '',
        what: `${open?.state} ${open?.run}/${open?.attempt} never ends`,
      })
    if (all.counted && !world.violation) checker.countsMustBeRight(cloud.counters())
    return { calls, violation: world.violation }
  })
}
