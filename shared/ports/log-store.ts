import type { Instant } from '../core/task.ts'

/** Lines that handlers log. They go when their task's row goes. */
export interface LogStore {
  append(task: string, lines: readonly LogLine[]): Promise<void>
  /** Oldest first. */
  read(
    task: string,
    limit: number,
    after?: string,
  ): Promise<{ readonly lines: readonly LogLine[]; readonly next?: string }>
}

export interface LogLine {
  readonly at: Instant
  readonly run: number
  readonly attempt: number
  readonly level: 'info' | 'warn' | 'error'
  readonly message: string
  readonly fields?: Readonly<Record<string, unknown>>
}
