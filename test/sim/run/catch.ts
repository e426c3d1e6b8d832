import { embeddedPlants } from '../embedded/plants.ts'
import { simulateEmbedded } from '../embedded/simulate.ts'
import type { History } from '../history.ts'
import { plants } from '../plants.ts'
import { simulate } from '../simulate.ts'
import type { Caught } from './report.ts'

/** Within so many histories each of them must be seen. */
export const ENOUGH = 2_000

/** Looks for the first history in which a rule that was taken out is missed: by a promise that it serves, not by anything else. */
export async function catchPlant(
  plant: { readonly name: string; readonly breaks: readonly string[] },
  play: (seed: number) => Promise<History<{ readonly promise: string; readonly what: string }>>,
  most = ENOUGH,
): Promise<Caught & { readonly others: readonly string[] }> {
  const others: string[] = []
  for (let seed = 1; seed <= most; seed++) {
    const { violation } = await play(seed)
    if (violation && plant.breaks.includes(violation.promise))
      return { name: plant.name, seed, promise: violation.promise, others }
    if (violation) others.push(`seed ${seed}: ${violation.promise} ${violation.what}`)
  }
  return { name: plant.name, others }
}

export async function catchPlants(say: (line: string) => void): Promise<Caught[]> {
  const caught: Caught[] = []
  for (const plant of plants)
    caught.push(
      await told(
        catchPlant(plant, seed => simulate(seed, { plant })),
        say,
      ),
    )
  return caught
}

export async function catchEmbeddedPlants(say: (line: string) => void): Promise<Caught[]> {
  const caught: Caught[] = []
  for (const plant of embeddedPlants)
    caught.push(
      await told(
        catchPlant(plant, seed => simulateEmbedded(seed, { plant })),
        say,
      ),
    )
  return caught
}

async function told(catching: ReturnType<typeof catchPlant>, say: (line: string) => void): Promise<Caught> {
  const { others: _, ...found } = await catching
  say(`${found.name}: ${found.seed === undefined ? 'nobody has noticed' : `${found.promise}, seed ${found.seed}`}`)
  return found
}
