import { openInMemory, openOnFile } from '../helpers/backend-sqlite.ts'
import type { ContractBackend, Differences, Skip } from '../helpers/backend-under-test.ts'

const sqlite: Differences = { instantLists: true, scanLimit: 20_000 }

const memorySkips: readonly Skip[] = [
  { test: 'P1 H114 what was acknowledged is there after a restart', reason: 'memory goes with its process' },
  { test: 'P15 counters are right after a restart', reason: 'memory goes with its process' },
  { test: 'P10 a pause is there after a restart', reason: 'memory goes with its process' },
]

/** Every backend that the contract holds for: a line each. */
export const backends: readonly ContractBackend[] = [
  { name: 'SQLite on a file', open: openOnFile, differences: sqlite, skips: [] },
  { name: 'SQLite in memory', open: openInMemory, differences: sqlite, skips: memorySkips },
]
