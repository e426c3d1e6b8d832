import type { Plant } from '../plant.ts'
import { plants } from '../plants.ts'
import { simulate } from '../simulate.ts'
import type { Caught } from './report.ts'

/** Within so many histories each of them must be seen. */
export const ENOUGH = 2_000

/** Looks for the first history in which a rule that was taken out is missed: by a promise that it serves, not by anything else. */
export async function catchPlant(
  plant: Plant,
  most = ENOUGH,
): Promise<Caught & { readonly others: readonly string[] }> {
  const others: string[] = []
  for (let seed = 1; seed <= most; seed++) {
    const { violation } = await simulate(seed, { plant })
    if (violation && plant.breaks.includes(violation.promise))
      return { name: plant.name, seed, promise: violation.promise, others }
    if (violation) others.push(`seed ${seed}: ${violation.promise} ${violation.what}`)
  }
  return { name: plant.name, others }
}

export async function catchPlants(say: (line: string) => void): Promise<Caught[]> {
  const caught: Caught[] = []
  for (const plant of plants) {
    const { others: _, ...found } = await catchPlant(plant)
    caught.push(found)
    say(
      found.seed === undefined
        ? `${plant.name}: nobody has noticed`
        : `${plant.name}: ${found.promise}, seed ${found.seed}`,
    )
  }
  return caught
}
