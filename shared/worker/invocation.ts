import type { AttemptPorts } from '../engine/attempt-ports.ts'
import { createRunningAttempts } from '../engine/running-attempts.ts'
import type { Backend } from '../ports/backend.ts'
import type { Clock } from '../ports/clock.ts'
import { StoreUnavailable } from '../ports/store-unavailable.ts'

/** What the attempts of one invocation are given. */
export interface Invocation {
  readonly ports: AttemptPorts
  /** Resolves when no call to the store is under way, such as a heartbeat of an attempt that has just ended (H40). */
  quiet(): Promise<void>
  /** Nothing of this invocation writes, sends or fires from now on. */
  end(): void
}

/**
 * Begins an invocation. Lambda freezes the process when an answer is given, and thaws it for another event, perhaps much later: a
 * timer or a retry that was left over would go on in the midst of it (H100).
 */
export function beginInvocation(ports: Omit<AttemptPorts, 'running'>): Invocation {
  const running = createRunningAttempts()
  const clock = endingClock(ports.clock)
  const calls = new Set<Promise<unknown>>()
  let ended = false

  function open<Given extends unknown[], Answer>(
    call: (...given: Given) => Promise<Answer>,
  ): (...given: Given) => Promise<Answer> {
    return async (...given) => {
      if (ended) throw new StoreUnavailable('the invocation that this belongs to has ended')
      const answer = call(...given)
      calls.add(answer)
      try {
        return await answer
      } finally {
        calls.delete(answer)
      }
    }
  }

  const { tasks, hints, blobs, logs } = ports.backend
  const backend: Backend = {
    ...ports.backend,
    tasks: { ...tasks, commit: open(change => tasks.commit(change)), read: open(id => tasks.read(id)) },
    hints: { send: open((row, at) => hints.send(row, at)) },
    blobs: { ...blobs, put: open((...put) => blobs.put(...put)), get: open((...get) => blobs.get(...get)) },
    logs: { ...logs, append: open((...append) => logs.append(...append)) },
  }

  return {
    ports: { ...ports, backend, clock, running },
    async quiet() {
      while (calls.size > 0) await Promise.allSettled(calls)
    },
    end() {
      ended = true
      clock.end()
    },
  }
}

/** A clock whose timers end with it. */
function endingClock(clock: Clock): Clock & { end(): void } {
  const timers = new Set<() => void>()
  let ended = false
  return {
    now: () => clock.now(),
    after(delayMs, action) {
      if (ended) return () => {}
      const cancel = clock.after(delayMs, () => {
        timers.delete(cancel)
        action()
      })
      timers.add(cancel)
      return () => {
        timers.delete(cancel)
        cancel()
      }
    },
    end() {
      ended = true
      for (const cancel of timers) cancel()
      timers.clear()
    },
  }
}
