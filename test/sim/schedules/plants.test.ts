import { describe, expect, test } from 'vitest'
import { catchPlant } from '../run/catch.ts'
import { plants } from './plants.ts'
import { promises } from './promises.ts'
import { simulate } from './simulate.ts'

/** Within so many histories each rule must be missed. */
const ENOUGH = 500

const seen = new Set<string>()

describe('a rule about schedules that is taken out is missed', () => {
  test.each(plants)(
    '$breaks: $name',
    async plant => {
      const { promise, others } = await catchPlant(plant, seed => simulate(seed, plant), ENOUGH)
      if (promise === undefined)
        expect.fail(`nobody has noticed within ${ENOUGH} histories; ${others.slice(0, 5).join('; ')}`)
      seen.add(promise)
    },
    600_000,
  )

  test('every check can fail', () => {
    expect(promises.filter(promise => !seen.has(promise))).toEqual([])
    expect(plants.length).toBeGreaterThanOrEqual(8)
    expect(new Set(plants.map(({ name }) => name)).size).toBe(plants.length)
  })
})
