import { simulateEmbedded } from '../embedded/simulate.ts'
import { plants } from '../plants.ts'
import { simulate, type Variation } from '../simulate.ts'
import type { Violation } from '../violation.ts'
import { type Shrunk, shrink } from './shrink.ts'
import type { Found } from './summary.ts'

export interface Telling {
  readonly plant?: string | undefined
  readonly variation: Variation
  /** Only this history was asked for: it is told in full, and not made smaller. */
  readonly isAlone: boolean
}

/** Says what is wrong with a history, and how to see it again. */
export async function tell(found: Found<Violation>, { plant, variation: given, isAlone }: Telling): Promise<string> {
  const { seed, violation, mistake, isWhole } = found
  const variation: Variation = isWhole ? { ...given, sdk: 'whole' } : given
  const replay = replayOf(seed, plant, variation)
  if (!violation) return `seed ${seed}: no promise is broken, but the simulation itself: ${mistake}\nreplay: ${replay}`
  const planted = plants.find(({ name }) => name === plant)
  const first = await simulate(seed, { ...variation, plant: planted })
  const head = [`seed ${seed} breaks ${violation.promise}: ${violation.task}: ${violation.what}`, `replay: ${replay}`]
  if (isAlone) return [...first.about(violation.task), ...head].join('\n')
  return [...head, ...smaller(await shrink(first, { ...variation, plant: planted }), plant, variation)].join('\n')
}

/** The same of a history on one machine: it is short enough to be told in full. */
export async function tellEmbedded({ seed, violation, mistake }: Found<Violation>): Promise<string> {
  const replay = `replay: npm run sim -- --embedded --from ${seed} --seeds 1`
  if (!violation) return `seed ${seed}: no promise is broken, but the simulation itself: ${mistake}\n${replay}`
  const { about } = await simulateEmbedded(seed)
  const head = `seed ${seed} breaks ${violation.promise}: ${violation.task}: ${violation.what}`
  return [...about(violation.task), head, replay].join('\n')
}

function smaller({ history, tasks, without }: Shrunk, plant: string | undefined, { sdk }: Variation): string[] {
  const { seed, violation, faults } = history
  const rest = Object.entries(faults).map(([kind, count]) => `${kind} ${count}`)
  const flags = [`--tasks ${tasks}`, ...(without.length > 0 ? [`--without ${without.join(',')}`] : [])]
  return [
    `shrunk to ${tasks} tasks and ${rest.length === 0 ? 'no faults' : rest.join(', ')}: ${violation?.what}`,
    `replay: ${replayOf(seed, plant, sdk ? { sdk } : {})} ${flags.join(' ')}`,
  ]
}

function replayOf(seed: number, plant: string | undefined, { settings, rates, sdk }: Variation): string {
  const without = Object.keys(rates ?? {})
  return [
    `npm run sim -- --from ${seed} --seeds 1`,
    ...(plant === undefined ? [] : [`--plant ${plant}`]),
    ...(sdk === 'whole' ? ['--whole-sdk'] : []),
    ...(settings?.tasks === undefined ? [] : [`--tasks ${settings.tasks}`]),
    ...(without.length > 0 ? [`--without ${without.join(',')}`] : []),
  ].join(' ')
}
