import { LONGEST_TIMEOUT_MS } from '../aws/names.ts'
import { TasksRefused } from '../worker/registry-of.ts'
import { checkedTimeouts } from './aws.ts'
import { systemClock } from './clock.ts'
import { readTasks } from './read-tasks.ts'

/** Loads the user's tasks as the functions will; ends the process with 1 and one line when they could not. */
export async function checkTasks(path: string): Promise<void> {
  try {
    const { registry } = await readTasks(path, systemClock.now(), { maxTimeoutMs: LONGEST_TIMEOUT_MS })
    checkedTimeouts(registry)
  } catch (error) {
    if (!(error instanceof TasksRefused)) throw error
    process.stderr.write(`${error.message}\n`)
    process.exitCode = 1
  }
}
