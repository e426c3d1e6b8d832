import { type TaskSummary, taskTally } from './task-summary.ts'
import { runOnThreads, type Seeds } from './threads.ts'

/** On one SQLite file. */
export function runOnOneMachine(seeds: Seeds): Promise<TaskSummary> {
  const module = new URL('./one-machine-thread.ts', import.meta.url)
  return runOnThreads(seeds, { module, orders: {}, tally: taskTally })
}
