import type { Progress } from '../core/task.ts'
import type { AbortCause, Child, Invocation, RunEnd } from '../ports/handler-runner.ts'
import type { LogLine } from '../ports/log-store.ts'

/** What a thread is started with: where its handlers are. */
export interface ThreadData {
  /** File URL of the module that exports the tasks. */
  readonly tasks: string
}

export type ToThread =
  | { readonly kind: 'run'; readonly invocation: Invocation }
  | { readonly kind: 'abort'; readonly why: AbortCause }
  | { readonly kind: 'enqueued'; readonly index: number; readonly id: string }
  | { readonly kind: 'not enqueued'; readonly index: number; readonly message: string }

export type FromThread =
  | { readonly kind: 'ready' }
  | { readonly kind: 'ended'; readonly end: RunEnd }
  | { readonly kind: 'progress'; readonly progress: Progress }
  | { readonly kind: 'log'; readonly line: Pick<LogLine, 'level' | 'message' | 'fields'> }
  | { readonly kind: 'enqueue'; readonly index: number; readonly child: Child }
