import { createActors } from './actors.ts'
import { createCloud } from './cloud.ts'
import { createFaults, drawRates, type Rates } from './faults.ts'
import type { Plant } from './plant.ts'
import { drawSettings } from './settings.ts'
import { writeStory } from './story.ts'
import { trapped } from './traps.ts'
import type { Violation } from './violation.ts'
import { World } from './world.ts'

/** Hints may wait in a redrive queue for a quarter of an hour, a batch that nobody was called for as long, and again. */
const ENOUGH_MS = 3 * 3_600_000
const RECONCILE_MS = 10 * 60_000

export interface History {
  readonly seed: number
  readonly violation: Violation | undefined
  readonly hash: string
  readonly events: number
  readonly rates: Rates
  readonly report: Readonly<Record<string, number>>
  /** The latest events that mention something. */
  readonly about: (what: string) => string[]
}

/**
 * One history: first faults happen and people interfere, then nothing goes wrong any more and everything has to end.
 * @throws what is no broken promise but a mistake, of the simulation or of the program
 */
export async function simulate(seed: number, plant?: Plant): Promise<History> {
  const world = new World(seed)
  const settings = { ...drawSettings(world), ...plant?.settings }
  const rates = { ...drawRates(world, settings.reconciled), ...plant?.rates }
  const faults = createFaults(world, rates)
  const story = writeStory(world, settings)
  return trapped(world, async () => {
    const cloud = createCloud({ world, faults, settings, story, patch: plant?.patch ?? {} })
    const { checker } = cloud
    const actors = createActors({ world, faults, settings, cloud })
    if (rates.messageLost > 0 || rates.timerLost > 0 || rates.purge > 0) checker.hintsAreLost()
    actors.begin(story)
    if (rates.purge > 0) world.post(world.random.between(0, settings.faultyMs), 'a purge', () => purge(cloud))
    if (settings.reconciled) reconcileNowAndThen(world, cloud)

    const calmAt = world.now + settings.faultyMs
    await world.run(calmAt, () => false)
    world.faulty = false
    const isOver = () => actors.isQuiet() && checker.open(settings.reconciled).length === 0
    const hasEnded = await world.run(calmAt + ENOUGH_MS, isOver)
    if (world.failure !== undefined) throw world.failure
    if (!world.violation && !hasEnded) reportOpen(world, cloud, settings.reconciled)
    return {
      seed,
      violation: world.violation,
      hash: world.trace.hash(),
      events: world.trace.events(),
      rates,
      report: checker.report(),
      about: what => world.trace.about(what),
    }
  })
}

function purge({ sqs, queues }: ReturnType<typeof createCloud>): void {
  for (const queue of queues.all) sqs.purge(queue)
}

function reconcileNowAndThen(world: World, cloud: ReturnType<typeof createCloud>): void {
  world.post(RECONCILE_MS, 'reconcile is due', () => {
    cloud.invokeReconcile('{}')
    reconcileNowAndThen(world, cloud)
  })
}

function reportOpen(world: World, { checker }: ReturnType<typeof createCloud>, reconciled: boolean): void {
  const [row] = checker.open(reconciled)
  if (!row) throw new Error('the simulation does not come to rest, although all tasks have ended')
  const { id, state, run, attempt, wakeAt } = row
  const due = wakeAt === undefined ? 'never' : `for ${Math.round((world.now - wakeAt) / 1_000)} s`
  world.violate({ promise: 'P2', task: id, what: `${state} ${run}/${attempt}, due ${due}, has not ended` })
}
