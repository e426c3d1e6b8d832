import type { LoadedTask } from '../engine/requests.ts'
import type { Call, TaskPorts } from './call.ts'

/** Kept back of a Lambda's time, to answer in. */
const ANSWER_MS = 1_000

export interface Wait {
  readonly ms: number
  readonly header: { readonly 'preference-applied': string }
}

/** What of `Prefer: wait=…` is granted; nothing when it was not asked for. */
export function grantedWait(call: Call, seconds: number | undefined, on: TaskPorts): Wait | undefined {
  if (seconds === undefined || seconds === 0) return undefined
  const remaining = (call.context.getRemainingTimeInMillis?.() ?? Number.POSITIVE_INFINITY) - ANSWER_MS
  const granted = Math.min(seconds, Math.floor(on.maxWaitMs / 1_000), Math.floor(Math.max(0, remaining) / 1_000))
  return { ms: granted * 1_000, header: { 'preference-applied': `wait=${granted}` } }
}

/** The task at its end, or as it is when the time is up or the process has to stop. */
export function waitForTask(call: Call, id: string, wait: Wait, on: TaskPorts): Promise<LoadedTask> {
  return on.engine.wait(call.actor, id, wait.ms, call.context.stopping)
}
