import type { Instant } from '../core/task.ts'

export interface Clock {
  now(): Instant
  /** Runs `action` once after `delayMs`, unless the returned function is called first. Does not keep a process alive. */
  after(delayMs: number, action: () => void): () => void
}

/** Where chance comes from. */
export interface Entropy {
  /** 26 characters, time-ordered. */
  id(): string
  /** Unguessable; made anew for each lease. */
  token(): string
  /** From 0 (inclusive) to 1 (exclusive). */
  random(): number
}
