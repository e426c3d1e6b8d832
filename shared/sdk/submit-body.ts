import type { AnyTask, TaskDefinition } from '../core/definition.ts'
import type { ShownState } from '../core/shown-state.ts'
import type { TaskOptions } from './options.ts'
import type { Task } from './types.ts'

/** A task to submit: its definition, which checks the types of input and result, or its name. */
export type TaskChoice = AnyTask | string

export type InputOf<Choice> = Choice extends TaskDefinition<infer _Input, infer _Output, infer Raw> ? Raw : unknown
export type OutputOf<Choice> = Choice extends TaskDefinition<infer _Input, infer Output, infer _Raw> ? Output : unknown

/** A task that is stored. */
export interface TaskHandle<Output = unknown> {
  readonly id: string
  /** As of the answer. */
  readonly state: ShownState
  /** The same key with the same task had come before: nothing new was stored. */
  readonly replayed: boolean
  /** With the option `wait`: the whole task, at its end or when the time was up. */
  readonly task?: Task<Output>
}

/** The request for one task, as the API writes it; without the key, which travels apart. */
export function submitBody(task: TaskChoice, input: unknown, options: TaskOptions): Record<string, unknown> {
  const { priority, delay, runAt, expiresAt, maxAttempts, backoff, timeout, title, description, tags } = options
  // JSON leaves out what is undefined.
  return {
    name: typeof task === 'string' ? task : task.name,
    payload: input,
    priority,
    delay,
    runAt: instantText(runAt),
    expiresAt: instantText(expiresAt),
    maxAttempts,
    backoff,
    timeout,
    title,
    description,
    tags,
  }
}

/** RFC 3339. @throws RangeError for a Date that is none */
export function instantText(at: Date | string | undefined): string | undefined {
  return at instanceof Date ? at.toISOString() : at
}

const KEY = /^[\x20-\x7e]{1,255}$/

/** @throws TypeError when a key of the caller's cannot be sent */
export function checkKey(key: string): string {
  if (!KEY.test(key) || key !== key.trim()) {
    throw new TypeError('idempotencyKey must be 1 to 255 printable ASCII characters without space at its ends')
  }
  return key
}

/** A quoted string (RFC 9651): bare keys that begin with a quote would be read as one. */
export function keyHeader(key: string): string {
  return `"${key.replace(/["\\]/g, '\\$&')}"`
}
