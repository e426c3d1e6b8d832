import { type Fault, faultNames } from '../fault-kinds.ts'
import { createFaults, drawRates, type Rates } from '../faults.ts'
import { type History, historyOf } from '../history.ts'
import { trapped } from '../traps.ts'
import { World } from '../world.ts'
import { type Cloud, createCloud } from './cloud.ts'
import { createPeople } from './people.ts'
import type { Plant } from './plant.ts'
import type { Violation } from './promises.ts'
import { drawSettings } from './settings.ts'

export interface ScheduleHistory extends History<Violation> {
  readonly schedules: number
  readonly tasks: number
}

/** What nobody of those who take part in it would meet, or could promise anything about. */
const NONE: readonly Fault[] = ['clockJumped', 'olderVersion', 'redriven', 'purged', 'pauseStorm']
/** After the last look, what was due has become tasks. */
const LOOKS = 2
const LAST_FAULTS_MS = 60_000
const END_MS = 20_000
const END_EVERY_MS = 15_000

/**
 * One history of schedules: first faults happen and people interfere, then nothing goes wrong any more, and everything has to be as it
 * should.
 * @throws what is no broken promise but a mistake, of the simulation or of the program
 */
export async function simulate(seed: number, plant?: Plant): Promise<ScheduleHistory> {
  const world = new World(seed)
  const settings = { ...drawSettings(world), ...plant?.settings }
  const rates: Rates = { ...drawRates(world, true), ...Object.fromEntries(NONE.map(name => [name, 0])) }
  const faults = createFaults(world, { rates })
  return trapped(world, async () => {
    const cloud = createCloud({ world, faults, settings, patch: plant?.patch ?? {} })
    const { checker } = cloud
    const isBroken = () => checker.violation() !== undefined
    createPeople({ world, faults, settings, cloud }).begin()
    world.every(settings.reconcileMs, 'reconcile is due', cloud.invokeReconcile)
    world.every(END_EVERY_MS, 'tasks end', () => endSome(world, cloud))
    await world.run(world.now + settings.faultyMs, isBroken)
    world.faulty = false
    checker.calm()
    await world.run(world.now + LAST_FAULTS_MS + LOOKS * settings.reconcileMs + END_MS, isBroken)
    if (world.failure !== undefined) throw world.failure
    if (!isBroken()) checker.end(cloud.timers)
    return { ...historyOf(seed, world, faults, checker.violation()), ...checker.counts() }
  })
}

export function kindsOf(): readonly Fault[] {
  return faultNames.filter(name => !NONE.includes(name))
}

/** Tasks end, some sooner, some later: whoever asks for the one before finds either. */
function endSome(world: World, { checker, ender }: Cloud): void {
  const open = checker.open()
  if (open.length > 0 && world.random.chance(0.5)) ender.invoke(world.random.pick(open).id, () => {})
}
