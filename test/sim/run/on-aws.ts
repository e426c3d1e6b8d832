import type { Variation } from '../simulate.ts'
import { type TaskSummary, taskTally } from './task-summary.ts'
import { runOnThreads, type Seeds } from './threads.ts'

/** How histories on AWS are to be played. */
export interface AwsOrders {
  /** Name of a planted bug. */
  readonly plant?: string | undefined
  readonly variation?: Omit<Variation, 'plant'>
}

export function runOnAws(
  seeds: Seeds,
  orders: AwsOrders = {},
  progress?: (all: TaskSummary) => void,
): Promise<TaskSummary> {
  const module = new URL('./aws-thread.ts', import.meta.url)
  return runOnThreads(seeds, { module, orders, tally: taskTally }, progress)
}
