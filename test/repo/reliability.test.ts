import { describe, expect, test } from 'vitest'
import { readHazards } from '../../scripts/docs/hazards.ts'
import { countProcesses, readReport } from '../../scripts/docs/reliability.ts'
import { testsById } from '../../scripts/test-names.ts'
import { core, scenarios } from '../sim/crash/scenarios.ts'
import { embeddedFaults } from '../sim/embedded/faults.ts'
import { embeddedPlants } from '../sim/embedded/plants.ts'
import { faultNames } from '../sim/fault-kinds.ts'
import { redundant } from '../sim/plants/redundant.ts'
import { plants } from '../sim/plants.ts'

/** That the page says what the report says is shown with all other pages that are generated (docs.test.ts). */
const report = readReport()
const named = (some: readonly { readonly name: string }[]) => some.map(({ name }) => name)

describe('the report about reliability is of this code: `npm run reliability` makes it', () => {
  test('each kind of fault is in it, and was seen', () => {
    expect(Object.keys(report.histories.faults)).toEqual(faultNames)
    expect(faultNames.filter(name => report.histories.faults[name] === 0)).toEqual([])
    expect(Object.keys(report.embedded.faults)).toEqual(embeddedFaults)
    expect(embeddedFaults.filter(name => !report.embedded.faults[name])).toEqual([])
  })

  test('each rule that can be taken out is in it, with the promise that has missed it', () => {
    for (const [told, known] of [
      [report.plants, plants],
      [report.embedded.plants, embeddedPlants],
    ] as const) {
      expect(named(told)).toEqual(named(known))
      const wrong = told.filter(({ promise }, index) => !known[index]?.breaks.some(each => each === promise))
      expect(wrong).toEqual([])
    }
    expect(report.redundant).toEqual(named(redundant))
  })

  test('it tells of enough histories, and of all stories and suites', () => {
    expect(report.histories.seeds).toBeGreaterThanOrEqual(20_000)
    expect(report.embedded.seeds).toBeGreaterThanOrEqual(1_000)
    expect(report.calls).toMatchObject({ stories: scenarios.length, pairStories: core.length })
    expect(report.processes).toEqual(countProcesses())
  })

  test('P6 after each death the task could be claimed within a minute', () => {
    for (const { claimable } of [report.histories.recovery, report.embedded]) {
      expect(claimable.max).toBeLessThanOrEqual(60_000)
      expect(claimable.p50).toBeGreaterThan(0)
    }
  })
})

describe('hazards', () => {
  const numbers = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => `H${from + index}`)
  const deferred = readHazards().later.flatMap(({ ids }) => Object.keys(ids))

  test('of tasks, hints, leases, counters and machines are all named by tests, but for those of parts that do not exist yet', () => {
    const must = [...numbers(1, 69), ...numbers(85, 91), ...numbers(98, 115)].filter(id => !deferred.includes(id))
    expect(must.length).toBeGreaterThan(85)
    const tests = testsById()
    expect(must.filter(id => !tests.has(id))).toEqual([])
    expect(must.filter(id => report.unnamed.includes(id))).toEqual([])
  })
})
