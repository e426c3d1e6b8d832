import type { ShownState } from '../core/shown-state.ts'
import { WaitTimeoutError } from './errors.ts'
import type { CallOptions } from './options.ts'
import type { Edges } from './retry.ts'
import type { ApiRequest, Transport } from './transport.ts'
import type { Task } from './types.ts'

export interface WaitOptions extends CallOptions {
  /** Milliseconds after which `wait` gives up with a WaitTimeoutError; without it, it waits as long as it takes. */
  readonly timeout?: number
}

const ended: Readonly<Record<ShownState, boolean>> = {
  PENDING: false,
  SCHEDULED: false,
  RETRYING: false,
  RUNNING: false,
  COMPLETED: true,
  DEAD: true,
  CANCELED: true,
  EXPIRED: true,
}

/** Longest wait asked of the server: below the 29 s after which gateways give up. */
const POLL_SECONDS = 20
/** Between looks at a server that does not wait. */
const SHORTEST_PAUSE_MS = 100
const LONGEST_PAUSE_MS = 2_000

/**
 * Reads a task until it has ended, by long polls.
 * @throws WaitTimeoutError, or what reading throws
 */
export async function waitForEnd<Output>(
  transport: Transport,
  edges: Edges,
  path: string,
  { timeout = Number.POSITIVE_INFINITY, signal }: WaitOptions,
): Promise<Task<Output>> {
  const deadline = edges.now() + timeout
  let pauseMs = SHORTEST_PAUSE_MS
  for (;;) {
    const asked = edges.now()
    const seconds = Math.min(POLL_SECONDS, Math.floor((deadline - asked) / 1_000))
    const { body: task } = await transport.send<Task<Output>>(waitingRead(path, seconds, signal))
    if (ended[task.state]) return task
    const left = deadline - edges.now()
    if (left <= 0) throw new WaitTimeoutError(task, timeout)
    // It answered at once: it does not wait, or is about to stop.
    if (edges.now() - asked < pauseMs) {
      await edges.sleep(Math.min(pauseMs, left), signal)
      pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)
    }
  }
}

function waitingRead(path: string, seconds: number, signal: AbortSignal | undefined): ApiRequest {
  const read = { method: 'GET', path, signal } as const
  return seconds < 1 ? read : { ...read, headers: preferWait(seconds), serverWaitMs: seconds * 1_000 }
}

/** RFC 7240 §4.3. */
export function preferWait(seconds: number): Record<string, string> {
  return { prefer: `wait=${seconds}` }
}
