import type { Recovery } from '../check-recovery.ts'
import type { TaskHistory } from '../history.ts'
import type { Violation } from '../violation.ts'
import { addSummary, emptySummary, type Summary, summaryOf, type Tally } from './summary.ts'

/** What histories of tasks have shown. */
export interface TaskSummary extends Summary<Violation> {
  triples: Set<string>
  recoveries: Recovery[]
}

export const taskTally: Tally<TaskHistory, TaskSummary> = {
  empty: () => ({ ...emptySummary(), triples: new Set(), recoveries: [] }),
  of: history => ({ ...summaryOf(history), triples: new Set(history.triples), recoveries: [...history.recoveries] }),
  add(to, from) {
    addSummary(to, from)
    for (const triple of from.triples) to.triples.add(triple)
    for (const recovery of from.recoveries) to.recoveries.push(recovery)
  },
}
