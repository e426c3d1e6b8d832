import type { Recovery } from './check-recovery.ts'
import type { Checker } from './checker.ts'
import type { Fault } from './fault-kinds.ts'
import type { Faults, Rates } from './faults.ts'
import type { Settings } from './settings.ts'
import type { createTriples } from './triples.ts'
import type { Violation } from './violation.ts'
import type { World } from './world.ts'

/** What one history has shown, whatever it is of. */
export interface History<Broken = unknown> {
  readonly seed: number
  /** The first promise that was seen to break. */
  readonly violation: Broken | undefined
  /** Of all that happened. */
  readonly hash: () => string
  readonly events: number
  /** How often each kind of fault has happened. */
  readonly faults: Readonly<Partial<Record<Fault, number>>>
  /** The latest events that mention something. */
  readonly about: (what: string) => string[]
}

/** A history of tasks, on AWS or on one machine. */
export interface TaskHistory extends History<Violation> {
  readonly rates: Rates
  readonly settings: Settings
  /** `state>state|transition|fault`, each once. */
  readonly triples: ReadonlySet<string>
  /** What became of tasks whose worker had died. */
  readonly recoveries: readonly Recovery[]
  readonly report: Readonly<Record<string, number>>
}

export function historyOf<Broken>(
  seed: number,
  { trace }: World,
  faults: Faults,
  violation: Broken | undefined,
): History<Broken> {
  return {
    seed,
    violation,
    hash: trace.hash,
    events: trace.events(),
    faults: faults.counts(),
    about: what => trace.about(what),
  }
}

export interface TaskHistoryParts extends Pick<TaskHistory, 'seed' | 'rates' | 'settings'> {
  readonly world: World
  readonly faults: Faults
  readonly triples: ReturnType<typeof createTriples>
  readonly checker: Checker
}

export function taskHistoryOf({
  seed,
  world,
  rates,
  settings,
  faults,
  triples,
  checker,
}: TaskHistoryParts): TaskHistory {
  return {
    ...historyOf(seed, world, faults, world.violation),
    rates,
    settings,
    triples: triples.seen,
    recoveries: checker.recoveries(),
    report: checker.report(),
  }
}
