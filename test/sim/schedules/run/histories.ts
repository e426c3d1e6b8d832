import { addSummary, emptySummary, type Summary, summaryOf, type Tally } from '../../run/summary.ts'
import { runOnThreads, type Seeds } from '../../run/threads.ts'
import type { Violation } from '../promises.ts'
import type { ScheduleHistory } from '../simulate.ts'

/** What histories of schedules have shown. */
export interface ScheduleSummary extends Summary<Violation> {
  schedules: number
  tasks: number
}

/** How histories of schedules are to be played. */
export interface ScheduleOrders {
  /** Name of a planted bug. */
  readonly plant?: string | undefined
}

export const scheduleTally: Tally<ScheduleHistory, ScheduleSummary> = {
  empty: () => ({ ...emptySummary(), schedules: 0, tasks: 0 }),
  of: history => ({ ...summaryOf(history), schedules: history.schedules, tasks: history.tasks }),
  add(to, from) {
    addSummary(to, from)
    to.schedules += from.schedules
    to.tasks += from.tasks
  },
}

export function runSchedules(seeds: Seeds, orders: ScheduleOrders = {}): Promise<ScheduleSummary> {
  const module = new URL('./thread.ts', import.meta.url)
  return runOnThreads(seeds, { module, orders, tally: scheduleTally })
}
