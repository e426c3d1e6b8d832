import type { Plant } from '../plant.ts'
import type { Promised } from '../promises.ts'
import { simulate } from '../simulate.ts'

/** Within so many histories each of them must be seen. */
export const ENOUGH = 500

export interface Caught {
  readonly seed?: number
  readonly promise?: Promised
  /** Promises that were seen to break before, and that the rule does not serve. */
  readonly others: readonly string[]
}

/** Looks for the first history in which a rule that was taken out is missed: by a promise that it serves, not by anything else. */
export async function catchPlant(plant: Plant): Promise<Caught> {
  const others: string[] = []
  for (let seed = 1; seed <= ENOUGH; seed++) {
    const { violation } = await simulate(seed, plant)
    if (violation && plant.breaks.includes(violation.promise)) return { seed, promise: violation.promise, others }
    if (violation) others.push(`seed ${seed}: ${violation.promise} ${violation.what}`)
  }
  return { others }
}
