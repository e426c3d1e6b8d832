import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import type { Found } from '../../run/summary.ts'
import { plants } from '../plants.ts'
import type { Violation } from '../promises.ts'
import { simulate } from '../simulate.ts'
import { runSchedules } from './histories.ts'

const text = { type: 'string' } as const
const flag = { type: 'boolean' } as const

/** `npm run sim -- --schedules [--from SEED] [--seeds N] [--plant NAME] [--plants]`. @returns the exit code */
export async function runCommand(args: readonly string[], say: (line: string) => void): Promise<number> {
  const options = { schedules: flag, from: text, seeds: text, plant: text, plants: flag }
  const { values: given } = parseArgs({ args: [...args], options })
  if (given.plants) {
    for (const { name } of plants) say(name)
    return 0
  }
  const plant = plants.find(({ name }) => name === given.plant)
  if (given.plant !== undefined && !plant) throw new RangeError(`there is no plant "${given.plant}"`)
  const [from, seeds] = [numberOf(given.from, 1), numberOf(given.seeds, 1_000)]
  const startedAt = performance.now()
  const summary = await runSchedules({ from, seeds }, { plant: plant?.name })
  const seconds = (performance.now() - startedAt) / 1_000
  say(
    `${summary.histories} histories of ${summary.schedules} schedules and ${summary.tasks} tasks, ${seconds.toFixed(1)} s, ` +
      `${(summary.histories / seconds).toFixed(1)} a second on ${availableParallelism()} cores`,
  )
  if (summary.found) say(await tell(summary.found, given.plant, seeds === 1))
  else say('every promise holds')
  return summary.found ? 1 : 0
}

function numberOf(value: string | undefined, otherwise: number): number {
  const number = value === undefined ? otherwise : Number(value)
  if (Number.isSafeInteger(number) && number > 0) return number
  throw new RangeError(`"${value}" is no whole number above zero`)
}

/** Says what is wrong with a history, and how to see it again. @param isAlone it is told in full */
export async function tell(found: Found<Violation>, plant: string | undefined, isAlone: boolean): Promise<string> {
  const { seed, violation, mistake } = found
  const replay = `npm run sim -- --schedules --from ${seed} --seeds 1${plant === undefined ? '' : ` --plant ${plant}`}`
  if (!violation) return `seed ${seed}: no promise is broken, but the simulation itself: ${mistake}\nreplay: ${replay}`
  const head = `seed ${seed} breaks ${violation.promise}: ${violation.schedule}: ${violation.what}\nreplay: ${replay}`
  if (!isAlone) return head
  const { about } = await simulate(
    seed,
    plants.find(({ name }) => name === plant),
  )
  return [...about(violation.schedule), head].join('\n')
}
