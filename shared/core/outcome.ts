import type { TaskError } from './task.ts'

/** What came of running a handler once: plain data, so that it can cross a thread or a wire. */
export type Outcome =
  | { readonly kind: 'completed'; readonly result: string | undefined }
  | { readonly kind: 'failed'; readonly error: TaskError }
  | { readonly kind: 'retryIn'; readonly delayMs: number; readonly error: TaskError }
  | { readonly kind: 'snoozed'; readonly delayMs: number }
  | { readonly kind: 'canceled'; readonly reason: string }
  | { readonly kind: 'discarded'; readonly error: TaskError }
  | { readonly kind: 'released'; readonly reason: string }
