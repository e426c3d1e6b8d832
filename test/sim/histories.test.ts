import { mkdirSync, writeFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { faultKinds, faultNames } from './fault-kinds.ts'
import { runOnAws } from './run/on-aws.ts'
import { historiesReport } from './run/report.ts'
import { tell } from './run/tell.ts'

/** As many as a push has time for; `npm run sim -- --seeds N` runs more. */
const SEEDS = Number(process.env.SIM_SEEDS ?? 5_000)
/** Fresh figures, beside those of the page, which are made before a release. */
const REPORTS = 'coverage/reliability'
/** So many of each kind of change of state must have met so many faults. */
const TRIPLES = 300

describe('the histories of a push', () => {
  test('P1 P2 P3 P4 P5 P6 P7 P8 P10 P11 P15 hold, whatever fails, and everything ends once nothing fails any more', async () => {
    const startedAt = performance.now()
    const summary = await runOnAws({ from: 1, seeds: SEEDS })
    const report = historiesReport(summary, 1, (performance.now() - startedAt) / 1_000)
    mkdirSync(REPORTS, { recursive: true })
    writeFileSync(`${REPORTS}/histories.json`, `${JSON.stringify(report, undefined, 2)}\n`)
    const told = summary.found && (await tell(summary.found, { variation: {}, isAlone: false }))
    expect(told).toBeUndefined()
    expect(summary.histories).toBe(SEEDS)
    // What has never happened proves nothing.
    expect(faultNames.length).toBeGreaterThanOrEqual(30)
    expect(faultNames.filter(name => !summary.faults[name])).toEqual([])
    expect(faultNames.every(name => faultKinds[name].does !== '')).toBe(true)
    expect(summary.triples.size).toBeGreaterThan(TRIPLES)
    expect(summary.recoveries.length).toBeGreaterThan(SEEDS / 5)
    // What P6 bounds, with the skew of two clocks.
    expect(Math.max(...summary.recoveries.map(({ claimableMs }) => claimableMs))).toBeLessThanOrEqual(62_000)
  }, 600_000)
})
