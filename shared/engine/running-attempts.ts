import type { Abortion } from '../ports/handler-runner.ts'

/** The attempts under way in one worker, by their task. */
export interface RunningAttempts {
  add(task: string, abortion: Abortion): void
  delete(task: string): void
  /** Somebody has asked to cancel the task, or has taken it from its holder: its handler need not wait for a heartbeat to learn of it. */
  cancel(task: string): void
  /** The worker has to stop: aborts all of them, and those whose claim is still on its way. They are given back. */
  stop(): void
}

export function createRunningAttempts(): RunningAttempts {
  const running = new Map<string, Abortion>()
  let stopped = false
  return {
    add(task, abortion) {
      running.set(task, abortion)
      if (stopped) abortion.abort('stopping')
    },
    delete: task => void running.delete(task),
    cancel: task => running.get(task)?.abort('canceled'),
    stop() {
      stopped = true
      for (const abortion of running.values()) abortion.abort('stopping')
    },
  }
}
