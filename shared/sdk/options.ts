import type { BackoffSpec, Duration } from '../core/backoff.ts'
import type { ShownState } from '../core/shown-state.ts'
import type { Priority, Tags } from '../core/task.ts'

export interface ClientOptions {
  /** Where the API is, such as `http://127.0.0.1:3000`; a path (of a stage, say) is kept. */
  readonly url: string
  readonly apiKey?: string
  /** Sent with every request. */
  readonly headers?: Readonly<Record<string, string>>
  /** Another fetch than the global one. */
  readonly fetch?: typeof fetch
  /**
   * Milliseconds until a request without an answer counts as lost; 30,000 by default. A long poll gets its own time
   * on top.
   */
  readonly timeout?: number
  /** Most repeats of one request after 429, 502, 503, 504 or no answer; 4 by default. */
  readonly maxRetries?: number
}

/** Of every call. */
export interface CallOptions {
  /** Aborts the call, its waits and its repeats included; the call then throws the signal's reason. */
  readonly signal?: AbortSignal | undefined
}

/** What a submit may choose; what is absent comes from the task's definition. */
export interface TaskOptions {
  /** 1 (most urgent) to 5; 3 by default. */
  readonly priority?: Priority
  /** Not before this time from now. Give `delay` or `runAt`, not both. */
  readonly delay?: Duration
  /** Not before this time. Texts are RFC 3339. */
  readonly runAt?: Date | string
  /** No attempt starts after it. */
  readonly expiresAt?: Date | string
  /** 1 to 100. */
  readonly maxAttempts?: number
  readonly backoff?: BackoffSpec
  /** Longest time of one attempt. */
  readonly timeout?: Duration
  readonly title?: string
  readonly description?: string
  /** Up to 10 labels to filter by. */
  readonly tags?: Tags
  /**
   * The same key with the same task gives the same task, however often it is sent: 1 to 255 printable ASCII characters.
   * Made anew for each call by default, which guards against lost answers. Pass one of your own (an order number, say)
   * to guard against calling twice as well.
   */
  readonly idempotencyKey?: string
}

export interface EnqueueOptions extends TaskOptions, CallOptions {
  /** Milliseconds to wait for the task's end, as long as the server lets one request wait: see `TaskHandle.task`. */
  readonly wait?: number
  /** W3C trace context, kept with the task. */
  readonly traceparent?: string
}

export interface ListOptions extends CallOptions {
  /** Items that one request asks for, up to 200; 50 by default. */
  readonly pageSize?: number
}

export interface TaskFilter extends ListOptions {
  readonly state?: ShownState | readonly ShownState[]
  readonly name?: string
  /** `key:value` */
  readonly tag?: `${string}:${string}`
  readonly priority?: Priority
  readonly createdAfter?: Date | string
  readonly createdBefore?: Date | string
}

export interface DeadLetterFilter extends ListOptions {
  readonly name?: string
  /** `lastError.fingerprint`: the same for errors of one cause. */
  readonly fingerprint?: string
}

/** Which dead letters: some by id, those that match, or all. */
export type DeadLetterSelection =
  | { readonly ids: readonly string[] }
  | { readonly name: string; readonly fingerprint?: string }
  | { readonly fingerprint: string }
  | { readonly all: true }

/** `null` removes, absence leaves alone. */
export interface TaskChanges {
  readonly title?: string | null
  readonly description?: string | null
  readonly tags?: Tags | null
  readonly priority?: Priority
  readonly payload?: unknown
  readonly runAt?: Date | string
}

/** What a pause holds back: everything, one priority, or one task name. */
export type DispatchSelector =
  | { readonly priority?: Priority; readonly name?: never }
  | { readonly name?: string; readonly priority?: never }

export type PauseOptions = DispatchSelector & {
  /** Shown to whoever wonders why nothing runs. */
  readonly reason: string
  /** The pause ends by itself after this time. */
  readonly for?: Duration
}
