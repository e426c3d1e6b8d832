import { describe, expect, test } from 'vitest'
import { redundant } from './plants/redundant.ts'
import { plants } from './plants.ts'
import { catchPlant, ENOUGH } from './run/catch.ts'
import { simulate } from './simulate.ts'
import { promises } from './violation.ts'

/** Faults and settings that are harsher than usual must break nothing by themselves. */
const CONTROLS = 2
/** Histories in which a rule that is redundant is not missed. */
const UNMISSED = 20

const seen = new Set<string>()

describe('a rule that is taken out is missed', () => {
  test.each(plants)(
    '$breaks: $name',
    async plant => {
      const { promise, others } = await catchPlant(plant, seed => simulate(seed, { plant }))
      if (promise === undefined)
        expect.fail(`nobody has noticed within ${ENOUGH} histories; ${others.slice(0, 5).join('; ')}`)
      seen.add(promise)
    },
    600_000,
  )

  // Hints and crashes of a single call: see crashes.test.ts.
  test('every check can fail', () => {
    expect(promises.filter(promise => promise !== 'P5' && !seen.has(promise))).toEqual([])
    expect(plants.length).toBeGreaterThanOrEqual(30)
    expect(new Set(plants.map(({ name }) => name)).size).toBe(plants.length)
  })

  const harsh = plants.filter(({ rates, settings }) => rates ?? settings)
  test.each(harsh)('$breaks hold in the histories for $name while all rules are in place', async plant => {
    for (let seed = 1; seed <= CONTROLS; seed++) {
      const { violation } = await simulate(seed, { plant: { ...plant, patch: {} } })
      expect(violation, `seed ${seed}`).toBeUndefined()
    }
  })
})

describe('a rule that another one covers is not', () => {
  test.each(redundant)('$name: $proof', async ({ name, patch, settings = {}, rates = {} }) => {
    for (let seed = 1; seed <= UNMISSED; seed++) {
      const { violation } = await simulate(seed, { plant: { name, breaks: [], patch, settings, rates } })
      expect(violation, `seed ${seed}`).toBeUndefined()
    }
  })
})
