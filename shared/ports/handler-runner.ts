import type { Outcome } from '../core/outcome.ts'
import type { Progress } from '../core/task.ts'
import type { LogLine } from './log-store.ts'

/** Runs handlers: in this thread, or in others. */
export interface HandlerRunner {
  /**
   * Runs one attempt. Never rejects, and settles soon after the attempt is aborted, whatever the handler does.
   */
  run(invocation: Invocation, hooks: HandlerHooks, abortion: Abortion): Promise<RunEnd>
  close(): Promise<void>
}

/** What crosses to the handler: plain data. */
export interface Invocation {
  readonly id: string
  readonly name: string
  readonly run: number
  readonly attempt: number
  /** JSON text. */
  readonly payload: string | undefined
}

/** What comes back while it runs. */
export interface HandlerHooks {
  progress(progress: Progress): void
  log(line: Pick<LogLine, 'level' | 'message' | 'fields'>): void
  /** @param index number of this call within the attempt, so that a repeated attempt finds its children again */
  enqueue(child: Child, index: number): Promise<{ id: string }>
}

export interface Child {
  readonly name: string
  readonly payload: unknown
  readonly priority?: 1 | 2 | 3 | 4 | 5
  readonly delayMs?: number
  readonly tags?: Readonly<Record<string, string>>
  readonly title?: string
}

/** `aborted`: it did not end by itself; why it was aborted decides what that means. */
export type RunEnd = Exclude<Outcome, { kind: 'released' }> | { readonly kind: 'aborted' }

export type AbortCause = 'timed_out' | 'canceled' | 'lease_lost' | 'stopping'

/** Reason of a handler's signal. */
export class AttemptAborted extends Error {
  override readonly name = 'AttemptAborted'
  readonly why: AbortCause
  constructor(why: AbortCause) {
    super(abortMessages[why])
    this.why = why
  }
}

/** The one way to end an attempt from outside. The first reason counts. Most attempts need no signal, so it is made when asked for. */
export class Abortion {
  #why: AbortCause | undefined
  #controller: AbortController | undefined
  #listener: ((why: AbortCause) => void) | undefined

  get why(): AbortCause | undefined {
    return this.#why
  }

  /** What the handler gets; its `reason` is an `AttemptAborted`. */
  get signal(): AbortSignal {
    if (!this.#controller) {
      this.#controller = new AbortController()
      if (this.#why) this.#controller.abort(new AttemptAborted(this.#why))
    }
    return this.#controller.signal
  }

  abort(why: AbortCause): void {
    if (this.#why) return
    this.#why = why
    this.#controller?.abort(new AttemptAborted(why))
    this.#listener?.(why)
  }

  /** For the runner; at once when the attempt is aborted already. */
  onAbort(listener: (why: AbortCause) => void): void {
    this.#listener = listener
    if (this.#why) listener(this.#why)
  }
}

const abortMessages: Readonly<Record<AbortCause, string>> = {
  timed_out: 'the attempt has taken longer than its timeout',
  canceled: 'the task was canceled',
  lease_lost: 'the lease could not be kept: another worker may run this task',
  stopping: 'the worker has to stop',
}
