import type { Progress, TaskRow } from '../core/task.ts'
import { type Lease, reportProgress } from '../core/transitions.ts'
import type { HandlerHooks } from '../ports/handler-runner.ts'
import type { LogLine } from '../ports/log-store.ts'
import type { Environment } from './environment.ts'

/** Progress and log lines of one attempt are written at most so often. */
const INTERVAL_MS = 1_000
/** Kept per attempt; the last one says that there were more. */
export const LOG_LINES = 100
const LINE_LENGTH = 2_000

export interface Reporter extends Pick<HandlerHooks, 'progress' | 'log'> {
  pending(): boolean
  /** Writes what is waiting. Never fails: a handler's word about itself must not decide its fate. */
  flush(): Promise<void>
}

export function createReporter(lease: Lease, row: TaskRow, on: Environment): Reporter {
  let progress: Progress | undefined
  let lines: LogLine[] = []
  let logged = 0
  let cancelTimer: (() => void) | undefined

  function soon(): void {
    cancelTimer ??= on.clock.after(INTERVAL_MS, () => void flush())
  }

  async function flush(): Promise<void> {
    cancelTimer?.()
    cancelTimer = undefined
    const [reported, written] = [progress, lines]
    progress = undefined
    lines = []
    try {
      await Promise.all([
        reported && on.backend.tasks.commit(reportProgress(lease, reported)),
        written.length > 0 && on.backend.logs.append(row.id, written),
      ])
    } catch (error) {
      on.emit({ type: 'report.failed', task: row.id, error })
    }
  }

  return {
    progress(reported) {
      progress = reported
      soon()
    },
    log(line) {
      if (++logged > LOG_LINES) return
      const message =
        logged === LOG_LINES
          ? `no more lines are kept: at most ${LOG_LINES} per attempt`
          : line.message.slice(0, LINE_LENGTH)
      lines.push({ ...line, message, at: on.clock.now(), run: row.run, attempt: row.attempt })
      soon()
    },
    pending: () => progress !== undefined || lines.length > 0,
    flush,
  }
}
