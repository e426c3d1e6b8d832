import { createActors } from '../actors.ts'
import { createFaults } from '../faults.ts'
import { type TaskHistory, taskHistoryOf } from '../history.ts'
import type { Plant } from '../plant.ts'
import { drawSettings } from '../settings.ts'
import type { Variation } from '../simulate.ts'
import { writeStory } from '../story.ts'
import { trapped } from '../traps.ts'
import { createTriples } from '../triples.ts'
import { World } from '../world.ts'
import { drawEmbeddedRates } from './faults.ts'
import { createMachine } from './machine.ts'
import type { EmbeddedPatch } from './program.ts'

/** A rule taken out of the embedded program. */
export interface EmbeddedPlant extends Omit<Plant, 'patch'> {
  readonly patch: EmbeddedPatch
}

export interface EmbeddedVariation extends Omit<Variation, 'plant' | 'sdk'> {
  readonly plant?: EmbeddedPlant | undefined
}

/** A clock that was an hour ahead may have put a task off for so long. */
const ENOUGH_MS = 4 * 3_600_000
const COUNTED_EVERY_MS = 60_000
const MOST_STOPS = 2

/**
 * One history of one machine: processes that die and are started again on one SQLite file, while people ask and interfere. The same
 * actors and the same checks as on AWS, as far as there are no messages.
 */
export async function simulateEmbedded(
  seed: number,
  { plant, ...given }: EmbeddedVariation = {},
): Promise<TaskHistory> {
  const world = new World(seed)
  const settings = { ...drawSettings(world), keysReused: 0, ...plant?.settings, ...given.settings }
  const rates = { ...drawEmbeddedRates(world), ...plant?.rates, ...given.rates }
  const triples = createTriples()
  const faults = createFaults(world, { rates, noted: triples.happened })
  const story = writeStory(world, settings)
  world.timeless = rates.clockJumped > 0
  const machine = createMachine({ world, faults, story, patch: plant?.patch ?? {}, transition: triples.wrote })
  const { checker } = machine

  function count(): void {
    machine.countsMustBeRight().catch(error => {
      world.failure ??= error
    })
  }

  try {
    return await trapped(world, play, action => machine.turn(action))
  } finally {
    machine.remove()
  }

  async function play(): Promise<TaskHistory> {
    const actors = createActors({ world, faults, settings, cloud: machine })
    machine.start()
    actors.begin(story)
    for (let stops = world.random.between(0, MOST_STOPS); stops > 0; stops--)
      world.post(world.random.between(0, settings.faultyMs), 'an operator stops the server', () => machine.stop())
    count()
    world.every(COUNTED_EVERY_MS, 'somebody counts', count)
    const calmAt = world.now + settings.faultyMs
    await world.run(calmAt, () => false)
    world.faulty = false
    machine.calm()
    const isAtRest = await world.run(calmAt + ENOUGH_MS, () => actors.isQuiet() && checker.open(true).length === 0)
    if (world.failure !== undefined) throw world.failure
    const [open] = checker.open(true)
    if (!world.violation && !isAtRest)
      world.violate({ promise: 'P2', task: open?.id ?? '', what: `${open?.state} has not ended` })
    if (!world.violation) await machine.countsMustBeRight()
    return taskHistoryOf({ seed, world, rates, settings, faults, triples, checker })
  }
}
