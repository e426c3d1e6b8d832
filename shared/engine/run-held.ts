import type { AnyTask } from '../core/definition.ts'
import type { Outcome } from '../core/outcome.ts'
import type { TaskRow } from '../core/task.ts'
import { taskError } from '../core/task-error.ts'
import type { Lease } from '../core/transitions.ts'
import { type AbortCause, Abortion, type HandlerHooks, type RunEnd } from '../ports/handler-runner.ts'
import { StoreUnavailable } from '../ports/store-unavailable.ts'
import type { AttemptPorts } from './attempt-ports.ts'
import { BODY_BYTES, loadBody } from './body.ts'
import { createChildren } from './children.ts'
import { type Heartbeat, keepLease } from './heartbeat.ts'
import { createReporter } from './reporter.ts'

/** What came of a run, with the row and the lease as its last heartbeat left them. */
export interface Ran {
  readonly outcome: Outcome
  readonly row: TaskRow
  readonly lease: Lease
}

/** Runs the handler while the lease is kept alive; ends on its end, its timeout, a request to cancel, or the loss of the lease. */
export async function runHeld(lease: Lease, row: TaskRow, definition: AnyTask, on: AttemptPorts): Promise<Ran> {
  const abortion = new Abortion()
  const timeoutMs = row.policy?.timeoutMs ?? definition.timeoutMs
  const cancelTimeout = on.clock.after(timeoutMs, () => abortion.abort('timed_out'))
  const heartbeat = keepLease(lease, row, abortion, on)
  const reporter = createReporter(lease, row, on)
  let ended = false
  on.running.add(row.id, abortion)
  try {
    const payload =
      row.payloadAt === undefined ? row.payload : await loadBody({ at: row.payloadAt }, row.id, on.backend.blobs)
    const { id, name, run, attempt } = row
    const hooks = { progress: reporter.progress, log: reporter.log, enqueue: createChildren(row, on) }
    const isOver = () => ended || abortion.why === 'lease_lost'
    const end = await on.runner.run({ id, name, run, attempt, payload }, unlessOver(hooks, isOver), abortion)
    if (reporter.pending()) await reporter.flush()
    return ran(outcomeOf(end, abortion.why, timeoutMs), heartbeat)
  } catch (error) {
    // The payload could not be read: the handler has not run.
    return ran({ kind: 'failed', error: taskError(error) }, heartbeat)
  } finally {
    ended = true
    on.running.delete(row.id)
    cancelTimeout()
    heartbeat.end()
  }
}

/** A handler that does not heed its signal goes on by itself: what it says and asks for then is no part of the task any more. */
function unlessOver(hooks: HandlerHooks, isOver: () => boolean): HandlerHooks {
  return {
    progress(progress) {
      if (!isOver()) hooks.progress(progress)
    },
    log(line) {
      if (!isOver()) hooks.log(line)
    },
    enqueue: async (child, index) => {
      if (isOver()) throw new StoreUnavailable('this attempt is over: it can enqueue nothing any more')
      return hooks.enqueue(child, index)
    },
  }
}

function ran(outcome: Outcome, heartbeat: Heartbeat): Ran {
  return { outcome, row: heartbeat.row(), lease: heartbeat.lease() }
}

/** What the end of a run means for the task. */
function outcomeOf(end: RunEnd, why: AbortCause | undefined, timeoutMs: number): Outcome {
  if (end.kind === 'completed') return storable(end)
  // A handler that threw because it was told to stop has not failed by itself.
  if (why === undefined || (end.kind !== 'aborted' && end.kind !== 'failed'))
    return end.kind === 'aborted' ? lost() : end
  switch (why) {
    case 'timed_out':
      return { kind: 'failed', error: taskError(new TimedOut(timeoutMs), 'timed_out') }
    case 'canceled':
      return { kind: 'canceled', reason: 'canceled while running' }
    case 'stopping':
      return { kind: 'released', reason: 'its worker had to stop' }
    case 'lease_lost':
      return { kind: 'released', reason: 'its lease could not be kept' }
  }
}

class TimedOut extends Error {
  override readonly name = 'TimedOut'
  constructor(timeoutMs: number) {
    super(`the attempt took longer than its timeout of ${timeoutMs} ms`)
    delete this.stack
  }
}

function lost(): Outcome {
  return { kind: 'released', reason: 'the attempt was aborted' }
}

/** Running again would give the same result: no blind rerun (H43). */
function storable(end: { kind: 'completed'; result: string | undefined }): Outcome {
  const { result } = end
  if (result === undefined || result.length * 3 <= BODY_BYTES || Buffer.byteLength(result) <= BODY_BYTES) return end
  const error = new Error(
    `the result is larger than ${BODY_BYTES} bytes of JSON: store it elsewhere and return its address`,
  )
  return { kind: 'discarded', error: taskError(error, 'result_unstorable') }
}
