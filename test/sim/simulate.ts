import { createActors } from './actors.ts'
import type { Sdk } from './clients.ts'
import { type Cloud, createCloud } from './cloud.ts'
import { needReconcile } from './fault-kinds.ts'
import { createFaults, drawRates, type Rates } from './faults.ts'
import { type TaskHistory, taskHistoryOf } from './history.ts'
import type { Plant } from './plant.ts'
import { drawSettings, type Settings } from './settings.ts'
import { writeStory } from './story.ts'
import { trapped } from './traps.ts'
import { createTriples } from './triples.ts'
import { World } from './world.ts'

/** Hints may wait in a redrive queue for a quarter of an hour, a batch that nobody was called for as long, and again. */
const ENOUGH_MS = 3 * 3_600_000
const RECONCILE_MS = 10 * 60_000

export interface Variation {
  readonly plant?: Plant | undefined
  readonly sdk?: Sdk
  /** In the place of what is drawn. */
  readonly rates?: Partial<Rates>
  readonly settings?: Partial<Settings>
}

/**
 * One history: first faults happen and people interfere, then nothing goes wrong any more and everything has to end.
 * @throws what is no broken promise but a mistake, of the simulation or of the program
 */
export async function simulate(seed: number, variation: Variation = {}): Promise<TaskHistory> {
  const { plant, sdk = 'short' } = variation
  const world = new World(seed)
  const settings = { ...drawSettings(world), ...plant?.settings, ...variation.settings }
  const rates = { ...drawRates(world, settings.reconciled), ...plant?.rates, ...variation.rates }
  const triples = createTriples()
  const faults = createFaults(world, { rates, noted: triples.happened })
  const story = writeStory(world, settings)
  world.timeless = rates.clockJumped > 0
  return trapped(world, async () => {
    const cloud = createCloud({
      world,
      faults,
      settings,
      story,
      patch: plant?.patch ?? {},
      sdk,
      transition: triples.wrote,
    })
    const { checker } = cloud
    const actors = createActors({ world, faults, settings, cloud })
    if (needReconcile.some(fault => rates[fault] > 0)) checker.hintsAreLost()
    actors.begin(story)
    if (settings.reconciled) world.every(RECONCILE_MS, 'reconcile is due', () => cloud.invokeReconcile('{}'))

    const calmAt = world.now + settings.faultyMs
    await world.run(calmAt, () => false)
    world.faulty = false
    const hasEnded = () => actors.isQuiet() && checker.open(settings.reconciled).length === 0
    const isOver = settings.counted ? () => hasEnded() && isQuiet(world, cloud, calmAt) : hasEnded
    // Something has to happen for time to go on.
    if (settings.counted) world.every(TICK_MS, 'time goes on', () => {})
    const isAtRest = await world.run(calmAt + ENOUGH_MS, isOver)
    if (world.failure !== undefined) throw world.failure
    if (!world.violation && !isAtRest) reportOpen(world, cloud, settings.reconciled)
    if (!world.violation && settings.counted) checker.countsMustBeRight(cloud.counters())
    return taskHistoryOf({ seed, world, rates, settings, faults, triples, checker })
  })
}

/** What was frozen or slow when faults ended has come to its end. */
const LAST_FAULTS_MS = 60_000
/** What P15 allows. */
const QUIET_MS = 60_000
const TICK_MS = 20_000

function isQuiet({ now }: World, { checker }: Cloud, calmAt: number): boolean {
  return now >= Math.max(calmAt + LAST_FAULTS_MS, checker.lastWriteAt()) + QUIET_MS
}

function reportOpen(world: World, { checker }: Cloud, reconciled: boolean): void {
  const [row] = checker.open(reconciled)
  if (!row) throw new Error('the simulation does not come to rest, although all tasks have ended')
  const { id, state, run, attempt, wakeAt } = row
  const due = wakeAt === undefined ? 'never' : `for ${Math.round((world.now - wakeAt) / 1_000)} s`
  world.violate({ promise: 'P2', task: id, what: `${state} ${run}/${attempt}, due ${due}, has not ended` })
}
