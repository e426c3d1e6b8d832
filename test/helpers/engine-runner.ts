import type { Progress } from '../../shared/core/task.ts'
import type { Child, HandlerHooks, Invocation } from '../../shared/ports/handler-runner.ts'
import type { LogLine } from '../../shared/ports/log-store.ts'
import { until } from './clock.ts'

export interface SeenHooks extends HandlerHooks {
  readonly progressed: Progress[]
  readonly lines: Pick<LogLine, 'level' | 'message' | 'fields'>[]
  readonly children: { readonly child: Child; readonly index: number }[]
  /** Waits for a line of the handler. */
  logged(message: string): Promise<unknown>
}

/** Hooks that keep what a handler says; children get the id that `answer` gives them. */
export function seenHooks(
  answer: (child: Child, index: number) => Promise<{ id: string }> = async (_, index) => ({ id: `child-${index}` }),
): SeenHooks {
  const progressed: Progress[] = []
  const lines: Pick<LogLine, 'level' | 'message' | 'fields'>[] = []
  const children: { child: Child; index: number }[] = []
  return {
    progressed,
    lines,
    children,
    progress: progress => void progressed.push(progress),
    log: line => void lines.push(line),
    enqueue(child, index) {
      children.push({ child, index })
      return answer(child, index)
    },
    logged: message => until(() => lines.some(line => line.message.includes(message)), `a line "${message}"`),
  }
}

let made = 0

export function invocationOf(name: string, payload?: unknown): Invocation {
  made++
  return {
    id: `task-${made}`,
    name,
    run: 3,
    attempt: 2,
    payload: payload === undefined ? undefined : JSON.stringify(payload),
  }
}
