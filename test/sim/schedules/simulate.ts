import { type Fault, faultNames } from '../fault-kinds.ts'
import { createFaults, drawRates, type Rates } from '../faults.ts'
import { trapped } from '../traps.ts'
import { World } from '../world.ts'
import { type Cloud, createCloud } from './cloud.ts'
import { createPeople } from './people.ts'
import type { Plant } from './plant.ts'
import type { Violation } from './promises.ts'
import { drawSettings, type Settings } from './settings.ts'

export interface History {
  readonly seed: number
  readonly violation: Violation | undefined
  readonly hash: string
  readonly events: number
  readonly settings: Settings
  readonly faults: Readonly<Partial<Record<Fault, number>>>
  readonly schedules: number
  readonly tasks: number
  /** The latest events that mention something. */
  readonly about: (what: string) => string[]
}

/** What nobody of those who take part in it would meet, or could promise anything about. */
const NONE: readonly Fault[] = ['clockJumped', 'olderVersion', 'redriven', 'purged', 'pauseStorm']
/** After the last look, what was due has become tasks. */
const LOOKS = 2
const LAST_FAULTS_MS = 60_000
const END_MS = 20_000

/**
 * One history of schedules: first faults happen and people interfere, then nothing goes wrong any more, and everything has to be as it
 * should.
 * @throws what is no broken promise but a mistake, of the simulation or of the program
 */
export async function simulate(seed: number, plant?: Plant): Promise<History> {
  const world = new World(seed)
  const settings = { ...drawSettings(world), ...plant?.settings }
  const rates: Rates = { ...drawRates(world, true), ...Object.fromEntries(NONE.map(name => [name, 0])) }
  const faults = createFaults(world, { rates })
  return trapped(world, async () => {
    const cloud = createCloud({ world, faults, settings, patch: plant?.patch ?? {} })
    const { checker } = cloud
    const isBroken = () => checker.violation() !== undefined
    createPeople({ world, faults, settings, cloud }).begin()
    reconcileNowAndThen(world, cloud, settings.reconcileMs)
    endSome(world, cloud)
    await world.run(world.now + settings.faultyMs, isBroken)
    world.faulty = false
    checker.calm()
    await world.run(world.now + LAST_FAULTS_MS + LOOKS * settings.reconcileMs + END_MS, isBroken)
    if (world.failure !== undefined) throw world.failure
    if (!isBroken()) checker.end(cloud.timers)
    return {
      seed,
      violation: checker.violation(),
      hash: world.trace.hash(),
      events: world.trace.events(),
      settings,
      faults: faults.counts(),
      ...checker.counts(),
      about: what => world.trace.about(what),
    }
  })
}

export function kindsOf(): readonly Fault[] {
  return faultNames.filter(name => !NONE.includes(name))
}

function reconcileNowAndThen(world: World, cloud: Cloud, everyMs: number): void {
  world.post(everyMs, 'reconcile is due', () => {
    cloud.invokeReconcile()
    reconcileNowAndThen(world, cloud, everyMs)
  })
}

const END_EVERY_MS = 15_000

/** Tasks end, some sooner, some later: whoever asks for the one before finds either. */
function endSome(world: World, cloud: Cloud): void {
  world.post(END_EVERY_MS, 'tasks end', () => {
    const open = cloud.checker.open()
    if (open.length > 0 && world.random.chance(0.5)) cloud.ender.invoke(world.random.pick(open).id, () => {})
    endSome(world, cloud)
  })
}
