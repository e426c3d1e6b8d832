import { describe, expect, test } from 'vitest'
import { plants } from './plants.ts'
import { simulate } from './simulate.ts'

/** Within so many histories each of them must be seen. */
const SEEDS = 40
/** Faults and settings that are harsher than usual must break nothing by themselves. */
const CONTROLS = 2

describe.skipIf(process.env.SIM_SEED !== undefined)('a rule that is taken out is missed', () => {
  test.each(plants)('$breaks: $name', async plant => {
    const others: string[] = []
    for (let seed = 1; seed <= SEEDS; seed++) {
      const { violation } = await simulate(seed, plant)
      if (violation && plant.breaks.includes(violation.promise)) return
      if (violation) others.push(`seed ${seed}: ${violation.promise} ${violation.what}`)
    }
    expect.fail(`nobody has noticed within ${SEEDS} histories; ${others.join('; ')}`)
  })

  const harsh = plants.filter(({ rates, settings }) => rates ?? settings)
  test.each(harsh)('$breaks hold in the histories for $name while all rules are in place', async plant => {
    for (let seed = 1; seed <= CONTROLS; seed++) {
      const { violation } = await simulate(seed, { ...plant, patch: {} })
      expect(violation, `seed ${seed}`).toBeUndefined()
    }
  })
})
