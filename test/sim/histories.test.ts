import { describe, expect, test } from 'vitest'
import { plants } from './plants.ts'
import { type History, simulate } from './simulate.ts'

const { SIM_SEED, SIM_SEEDS = '200', SIM_FROM = '1', SIM_PLANT } = process.env

/** Histories of one test, so that the time of each stays short. */
const PORTION = 10
/** One history of so many is run twice. */
const TWICE = 100

const count = SIM_SEED === undefined ? Number(SIM_SEEDS) : 1
const first = Number(SIM_SEED ?? SIM_FROM)
const plant = plants.find(({ name }) => name === SIM_PLANT)
const portions = Array.from({ length: Math.ceil(count / PORTION) }, (_, index) => ({
  from: first + index * PORTION,
  to: Math.min(first + count, first + (index + 1) * PORTION) - 1,
}))

describe('P1 P2 P3 P4 P5 P6 P7 P8 P10 P11 hold, whatever fails, and everything ends once nothing fails any more', () => {
  test.each(portions)('in the histories of seeds $from to $to', async ({ from, to }) => {
    for (let seed = from; seed <= to; seed++) {
      const history = await simulated(seed)
      expect(history.violation, told(history)).toBeUndefined()
      if (seed % TWICE === 0 || SIM_SEED !== undefined)
        expect((await simulate(seed, plant)).hash, `seed ${seed} is not the same twice`).toBe(history.hash)
    }
  })
})

async function simulated(seed: number): Promise<History> {
  try {
    return await simulate(seed, plant)
  } catch (error) {
    throw new Error(`no promise is broken, but the simulation itself: ${replay(seed)}`, { cause: error })
  }
}

function replay(seed: number): string {
  return `${plant ? `SIM_PLANT=${plant.name} ` : ''}SIM_SEED=${seed} npm run test:sim`
}

function told({ seed, violation, rates, about }: History): string {
  if (!violation) return ''
  const { promise, task, what } = violation
  const faults = Object.entries(rates).filter(([, rate]) => rate > 0)
  return [
    `${promise}: ${task}: ${what}`,
    `replay: ${replay(seed)}`,
    `faults: ${faults.map(([kind, rate]) => `${kind} ${rate.toFixed(3)}`).join(', ')}`,
    ...about(task),
  ].join('\n')
}
