import type { Abortion } from '../ports/handler-runner.ts'

/** The attempts under way in one worker, so that a worker that has to stop can give them back. */
export interface RunningAttempts {
  add(abortion: Abortion): void
  delete(abortion: Abortion): void
  /** Aborts all of them, and those whose claim is still on its way. */
  stop(): void
}

export function createRunningAttempts(): RunningAttempts {
  const running = new Set<Abortion>()
  let stopped = false
  return {
    add(abortion) {
      running.add(abortion)
      if (stopped) abortion.abort('stopping')
    },
    delete: abortion => void running.delete(abortion),
    stop() {
      stopped = true
      for (const abortion of running) abortion.abort('stopping')
    },
  }
}
