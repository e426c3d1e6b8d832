import { faultKinds, faultNames } from '../fault-kinds.ts'
import { percentile, type Summary } from './summary.ts'

/** A planted bug, and the first history that has shown it. */
export interface Caught {
  readonly name: string
  readonly seed?: number
  readonly promise?: string
}

/** The figures of a run, for the page about reliability. */
export function reportOf(
  summary: Summary,
  from: number,
  seconds: number,
  cores: number,
  caught: readonly Caught[],
): object {
  const { histories, again, events, faults, triples, recoveries, found } = summary
  return {
    seeds: { from, count: histories, again },
    rate: { seconds: round(seconds), perSecond: round(histories / seconds), cores },
    events,
    holds: found === undefined,
    triples: triples.size,
    faults: Object.fromEntries(
      faultNames.map(name => [name, { does: faultKinds[name].does, count: faults[name] ?? 0 }]),
    ),
    recoveryMs: {
      count: recoveries.length,
      p50: percentile(recoveries, 0.5),
      p99: percentile(recoveries, 0.99),
      max: percentile(recoveries, 1),
    },
    plants: caught,
  }
}

export function round(value: number): number {
  return Math.round(value * 10) / 10
}
