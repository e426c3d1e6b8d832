import type { Actor } from '../core/actor.ts'
import { shownState } from '../core/shown-state.ts'
import { isTerminal, type TaskRow } from '../core/task.ts'
import type { Environment } from './environment.ts'
import { readOwned } from './load.ts'
import { sleep } from './sleep.ts'

const FIRST_LOOK_MS = 5
const SLOWEST_LOOK_MS = 250

/** Looks at a task, ever more slowly, until it has ended or the time is up: the same on every backend, with nothing to subscribe to. */
export async function waitForEnd(
  on: Environment,
  actor: Actor,
  id: string,
  waitMs: number,
  signal?: AbortSignal,
): Promise<TaskRow> {
  const until = on.clock.now() + waitMs
  for (let delay = FIRST_LOOK_MS; ; delay = Math.min(delay * 1.5, SLOWEST_LOOK_MS)) {
    const row = await readOwned(on, actor, id)
    const now = on.clock.now()
    if (isTerminal(row.state) || shownState(row, now) === 'EXPIRED' || now >= until || signal?.aborted) return row
    await sleep(on.clock, Math.min(delay, until - now), signal)
  }
}
