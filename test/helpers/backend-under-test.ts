import type { Hint, Instant } from '../../shared/core/task.ts'
import type { Backend } from '../../shared/ports/backend.ts'

/** What a contract suite needs of a backend beside its ports. */
export interface OpenBackend extends Backend {
  /** Receives the hints that are out by then, and acknowledges them. */
  received(now: Instant): Promise<readonly Hint[]>
  /** Closes it and opens it again, as a restart does. */
  reopen(): Promise<OpenBackend>
  close(): Promise<void>
}

export interface OpenOptions {
  readonly now: () => Instant
  /** Task names that have a handler. */
  readonly names: readonly string[]
}

/** What backends may do differently, as values. */
export interface Differences {
  /** A list shows a write as soon as it is acknowledged. */
  readonly instantLists: boolean
  /** Rows that one page looks at, at most. */
  readonly scanLimit: number
  /** Stats name the task that has waited longest; else only when and what it is. */
  readonly oldestById: boolean
  /** To which the time of the oldest waiting task is rounded down, in milliseconds. */
  readonly oldestPrecisionMs: number
}

export interface Skip {
  /** The whole name of the test. */
  readonly test: string
  readonly reason: string
}

/** A backend that the contract suites run on. */
export interface ContractBackend {
  readonly name: string
  /** What a run is on: see test/contract/backends.ts. */
  readonly group: 'sqlite' | 'aws'
  /** Opens an empty one. */
  open(options: OpenOptions): Promise<OpenBackend>
  readonly differences: Differences
  readonly skips: readonly Skip[]
}
