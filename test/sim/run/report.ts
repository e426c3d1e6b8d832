import { availableParallelism } from 'node:os'
import type { Recovery } from '../check-recovery.ts'
import { embeddedFaults } from '../embedded/faults.ts'
import { type Fault, faultNames } from '../fault-kinds.ts'
import { percentile } from './summary.ts'
import type { TaskSummary } from './task-summary.ts'

/** A planted bug, and the first history that has shown it. */
export interface Caught {
  readonly name: string
  readonly seed?: number
  readonly promise?: string
}

export interface Times {
  readonly p50: number
  readonly p99: number
  readonly max: number
}

/** The figures of a run of histories. */
export interface HistoriesReport {
  readonly from: number
  readonly seeds: number
  /** Of these, that were played a second time and were the same, and a third time with the whole SDK. */
  readonly again: number
  readonly events: number
  /** A second, on this machine as busy as it was. */
  readonly perSecond: number
  readonly machine: string
  /** Distinct changes of state under a fault. */
  readonly triples: number
  readonly faults: Readonly<Record<Fault, number>>
  readonly recovery: RecoveryReport
}

/** From the death of a worker, in milliseconds. */
export interface RecoveryReport {
  readonly deaths: number
  readonly claimable: Times
  readonly next: Times
  /** How many took so long at most, and longer than the line before. */
  readonly histogram: readonly { readonly upToMs: number; readonly claimable: number; readonly next: number }[]
}

/** The last one holds what is slower than all others. */
const BINS_MS = [1_000, 10_000, 20_000, 30_000, 35_000, 45_000, 60_000, 300_000, 1_200_000, Number.MAX_SAFE_INTEGER]

export function historiesReport(summary: TaskSummary, from: number, seconds: number): HistoriesReport {
  const { histories, again, events, faults, triples, recoveries } = summary
  return {
    from,
    seeds: histories,
    again,
    events,
    perSecond: round(histories / seconds),
    machine: `${availableParallelism()} cores, Node ${process.version}`,
    triples: triples.size,
    // Its keys are kinds of faults by construction.
    faults: Object.fromEntries(faultNames.map(name => [name, faults[name] ?? 0])) as Record<Fault, number>,
    recovery: recoveryReport(recoveries),
  }
}

function recoveryReport(recoveries: readonly Recovery[]): RecoveryReport {
  const claimable = recoveries.map(({ claimableMs }) => claimableMs)
  const next = recoveries.map(({ nextMs }) => nextMs)
  const within = (values: readonly number[], low: number, high: number) =>
    values.filter(value => value > low && value <= high).length
  return {
    deaths: recoveries.length,
    claimable: timesOf(claimable),
    next: timesOf(next),
    histogram: BINS_MS.map((upToMs, index) => {
      const low = BINS_MS[index - 1] ?? -1
      return { upToMs, claimable: within(claimable, low, upToMs), next: within(next, low, upToMs) }
    }),
  }
}

function timesOf(values: readonly number[]): Times {
  return { p50: percentile(values, 0.5), p99: percentile(values, 0.99), max: percentile(values, 1) }
}

/** The figures of histories on one machine. */
export interface EmbeddedReport
  extends Pick<HistoriesReport, 'seeds' | 'again' | 'events' | 'perSecond'>,
    Pick<RecoveryReport, 'deaths' | 'claimable'> {
  readonly faults: Readonly<Record<string, number>>
  readonly plants: readonly Required<Caught>[]
}

export function embeddedReport(
  summary: TaskSummary,
  seconds: number,
  plants: readonly Required<Caught>[],
): EmbeddedReport {
  const { seeds, again, events, perSecond, recovery } = historiesReport(summary, 1, seconds)
  const faults = Object.fromEntries(embeddedFaults.map(name => [name, summary.faults[name] ?? 0]))
  return { seeds, again, events, perSecond, deaths: recovery.deaths, claimable: recovery.claimable, faults, plants }
}

export function round(value: number): number {
  return Math.round(value * 10) / 10
}
