import type { MessagePort } from 'node:worker_threads'
import type { Progress } from '../core/task.ts'
import type { AbortCause, Child, Invocation, RunEnd } from '../ports/handler-runner.ts'
import type { LogLine } from '../ports/log-store.ts'

/** What a thread is started with: where its handlers are. */
export interface ThreadData {
  /** File URL of the module that exports the tasks. */
  readonly tasks: string
}

/** The order to run an attempt. Each has a port of its own, so that what one leaves behind cannot speak for the next. */
export interface RunOrder {
  readonly invocation: Invocation
  readonly port: MessagePort
}

/** A thread says so once, when its tasks are loaded. */
export const READY = 'ready'

export type ToHandler =
  | { readonly kind: 'abort'; readonly why: AbortCause }
  | { readonly kind: 'enqueued'; readonly index: number; readonly id: string }
  | { readonly kind: 'not enqueued'; readonly index: number; readonly message: string }

export type FromHandler =
  | { readonly kind: 'ended'; readonly end: RunEnd }
  | { readonly kind: 'progress'; readonly progress: Progress }
  | { readonly kind: 'log'; readonly line: Pick<LogLine, 'level' | 'message' | 'fields'> }
  | { readonly kind: 'enqueue'; readonly index: number; readonly child: Child }
