import { SCAN_LIMIT } from '../../shared/aws/lists.ts'
import { openOnAws } from '../helpers/backend-aws.ts'
import { openInMemory, openOnFile } from '../helpers/backend-sqlite.ts'
import type { ContractBackend, Differences, Skip } from '../helpers/backend-under-test.ts'

const sqlite: Differences = { instantLists: true, scanLimit: 20_000, oldestById: true, oldestPrecisionMs: 1 }
const aws: Differences = { instantLists: false, scanLimit: SCAN_LIMIT, oldestById: false, oldestPrecisionMs: 1_000 }

const memorySkips: readonly Skip[] = [
  { test: 'P1 H114 what was acknowledged is there after a restart', reason: 'memory goes with its process' },
  { test: 'P15 counters are right after a restart', reason: 'memory goes with its process' },
  { test: 'P10 a pause is there after a restart', reason: 'memory goes with its process' },
  { test: 'P1 what was written is there after a restart', reason: 'memory goes with its process' },
  { test: 'SEC-24 a restart does not fill a bucket', reason: 'memory goes with its process' },
]

/** Every backend that the contract holds for: a line each. */
const all: readonly ContractBackend[] = [
  { name: 'SQLite on a file', group: 'sqlite', open: openOnFile, differences: sqlite, skips: [] },
  { name: 'SQLite in memory', group: 'sqlite', open: openInMemory, differences: sqlite, skips: memorySkips },
  { name: 'AWS', group: 'aws', open: openOnAws, differences: aws, skips: [] },
]

/** AWS needs its emulator, which vitest.aws.config.ts starts; a run is on one group or the other. */
export const backends = all.filter(({ group }) => group === (process.env.PULSE_BACKENDS ?? 'sqlite'))
