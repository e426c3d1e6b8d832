import type { StandardSchemaV1 } from '@standard-schema/spec'
import { type BackoffFunction, type BackoffSpec, checkBackoff, type Duration } from './backoff.ts'
import { duration } from './duration.ts'
import { checkRule, type LimitRule } from './rate-limit.ts'
import type { Progress } from './task.ts'

/** What a handler gets beside its input. */
export interface TaskContext {
  readonly id: string
  readonly name: string
  readonly run: number
  /** Number of this attempt, from 1. */
  readonly attempt: number
  /** The same for every attempt of a run: give it to services that can tell a repeat. */
  readonly idempotencyKey: string
  /** Aborted on timeout, on a request to cancel, when the lease is lost, and when the worker has to stop. */
  readonly signal: AbortSignal
  readonly log: TaskLog
  /** Shown on the task; written at most once a second, the latest wins. */
  progress(percent: number, message?: string): void
  /** Submits another task, once per call index and run, however often this one is tried. */
  enqueue<Input, Output, Raw>(
    task: TaskDefinition<Input, Output, Raw> | string,
    input: NoInfer<Raw>,
    options?: ChildOptions,
  ): Promise<{ id: string }>
}

export interface TaskLog {
  info(message: string, fields?: Readonly<Record<string, unknown>>): void
  warn(message: string, fields?: Readonly<Record<string, unknown>>): void
  error(message: string, fields?: Readonly<Record<string, unknown>>): void
}

export interface ChildOptions {
  readonly priority?: 1 | 2 | 3 | 4 | 5
  readonly delay?: Duration
  readonly tags?: Readonly<Record<string, string>>
  readonly title?: string
}

export interface RetryOptions {
  /** Starts of one run; 5 by default. */
  readonly maxAttempts?: number
  readonly backoff?: BackoffSpec | BackoffFunction
}

/** `Raw` is what a submitter sends, `Input` what the schema makes of it for the handler. */
export interface TaskDefinition<Input = unknown, Output = unknown, Raw = Input> {
  readonly name: string
  readonly input?: StandardSchemaV1<Raw, Input>
  readonly retry: { readonly maxAttempts: number; readonly backoff: BackoffSpec | BackoffFunction }
  readonly timeoutMs: number
  /** How many an owner may submit; no limit when absent. */
  readonly submitLimit?: LimitRule
  readonly run: (input: Input, context: TaskContext) => Output | OutcomeValue | Promise<Output | OutcomeValue>
}

// biome-ignore lint/suspicious/noExplicitAny: the registry holds handlers of any input; each is checked against its own schema before it runs.
export type AnyTask = TaskDefinition<any, any, any>
export type Registry = ReadonlyMap<string, AnyTask>

export const DEFAULT_MAX_ATTEMPTS = 5
export const MAX_ATTEMPTS_LIMIT = 100
export const DEFAULT_TIMEOUT_MS = 30_000
/** Longest time of one attempt. */
export const LONGEST_TIMEOUT_MS = 86_400_000
export const TASK_NAME = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,99}$/

/**
 * Declares a task: its name, the schema of its input and its handler.
 * @throws TypeError when the declaration makes no sense
 */
export function defineTask<Input = unknown, Output = unknown, Raw = Input>(options: {
  readonly name: string
  /** Any Standard Schema; checked at submit and again before each attempt. */
  readonly input?: StandardSchemaV1<Raw, Input>
  readonly retry?: RetryOptions
  /** Longest time of one attempt, at most a day; 30 s by default. */
  readonly timeout?: Duration
  /** How many tasks of this name each owner may submit within a time, such as `{ count: 10, per: '60s' }`; no limit by default. */
  readonly submitLimit?: { readonly count: number; readonly per: Duration }
  readonly run: (input: Input, context: TaskContext) => Output | OutcomeValue | Promise<Output | OutcomeValue>
}): TaskDefinition<Input, Output, Raw> {
  if (!TASK_NAME.test(options.name)) {
    throw new TypeError(
      `"${options.name}" is no task name: letters, digits and . _ : - (at most 100), the first a letter or digit`,
    )
  }
  const maxAttempts = options.retry?.maxAttempts ?? DEFAULT_MAX_ATTEMPTS
  if (!Number.isInteger(maxAttempts) || maxAttempts < 1 || maxAttempts > MAX_ATTEMPTS_LIMIT) {
    throw new TypeError(`maxAttempts of task "${options.name}" must be a whole number from 1 to ${MAX_ATTEMPTS_LIMIT}`)
  }
  const backoff = options.retry?.backoff ?? 'quadratic'
  checkBackoff(backoff)
  const timeoutMs = options.timeout === undefined ? DEFAULT_TIMEOUT_MS : duration(options.timeout)
  if (timeoutMs === 0) throw new TypeError(`the timeout of task "${options.name}" must be above 0`)
  // A timer of Node's that is longer than 25 days ends at once.
  if (timeoutMs > LONGEST_TIMEOUT_MS) throw new TypeError(`the timeout of task "${options.name}" must be at most a day`)
  return {
    name: options.name,
    ...(options.input && { input: options.input }),
    retry: { maxAttempts, backoff },
    timeoutMs,
    ...(options.submitLimit && {
      submitLimit: checkRule({ limit: options.submitLimit.count, windowMs: duration(options.submitLimit.per) }),
    }),
    run: options.run,
  }
}

/**
 * Collects tasks by name.
 * @throws TypeError when two share a name
 */
export function createRegistry(tasks: Iterable<AnyTask>): Registry {
  const registry = new Map<string, AnyTask>()
  for (const task of tasks) {
    if (registry.has(task.name)) throw new TypeError(`two tasks are named "${task.name}"`)
    registry.set(task.name, task)
  }
  return registry
}

const outcomeBrand = Symbol.for('pulse.outcome')

/** What a handler returns to say something else than "done". */
export interface OutcomeValue {
  readonly [outcomeBrand]: OutcomeRequest
}
export type OutcomeRequest =
  | { readonly kind: 'retryIn' | 'snooze'; readonly delayMs: number; readonly reason: string }
  | { readonly kind: 'cancel' | 'discard'; readonly reason: string }

/** The attempt failed; the next one starts after this delay instead of the backoff's. */
export function retryIn(delay: Duration, reason = 'the handler asked for another attempt'): OutcomeValue {
  return { [outcomeBrand]: { kind: 'retryIn', delayMs: duration(delay), reason } }
}

/** Not yet: run again after this delay, at no cost to the attempts left. */
export function snooze(delay: Duration, reason = 'snoozed'): OutcomeValue {
  return { [outcomeBrand]: { kind: 'snooze', delayMs: duration(delay), reason } }
}

/** The task ends CANCELED. */
export function cancel(reason = 'canceled by its handler'): OutcomeValue {
  return { [outcomeBrand]: { kind: 'cancel', reason } }
}

/** The task ends DEAD at once, whatever attempts are left. */
export function discard(reason: string): OutcomeValue {
  return { [outcomeBrand]: { kind: 'discard', reason } }
}

/** The request inside a returned value, if it is one. */
export function outcomeRequest(value: unknown): OutcomeRequest | undefined {
  if (typeof value !== 'object' || value === null || !(outcomeBrand in value)) return undefined
  return (value as OutcomeValue)[outcomeBrand]
}

export type { Progress }
