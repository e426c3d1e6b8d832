import { describe, expect, test } from 'vitest'
import { embeddedFaults } from './embedded/faults.ts'
import { embeddedPlants } from './embedded/plants.ts'
import { simulateEmbedded } from './embedded/simulate.ts'
import { catchPlant } from './run/catch.ts'
import { runOnOneMachine } from './run/on-one-machine.ts'
import { tellEmbedded } from './run/tell.ts'

/** `npm run sim -- --embedded --seeds N` runs more. */
const SEEDS = Number(process.env.SIM_EMBEDDED_SEEDS ?? 1_000)
/** Within so many histories each rule must be missed. */
const ENOUGH = 100

test('P1 P2 P3 P4 P6 P7 P8 P10 P11 P15 hold on one machine and one file, whatever fails, and everything ends', async () => {
  const summary = await runOnOneMachine({ from: 1, seeds: SEEDS })
  expect(summary.found && (await tellEmbedded(summary.found))).toBeUndefined()
  expect(summary.histories).toBe(SEEDS)
  expect(embeddedFaults.filter(name => !summary.faults[name])).toEqual([])
  expect(summary.recoveries.length).toBeGreaterThan(0)
  expect(Math.max(...summary.recoveries.map(({ claimableMs }) => claimableMs))).toBeLessThanOrEqual(62_000)
}, 300_000)

describe('a rule that is taken out is missed', () => {
  test.each(embeddedPlants)('$breaks on one machine: $name', async plant => {
    const { promise, others } = await catchPlant(plant, seed => simulateEmbedded(seed, { plant }), ENOUGH)
    expect(promise, `nobody has noticed within ${ENOUGH} histories; ${others.slice(0, 5).join('; ')}`).toBeDefined()
  })
})
