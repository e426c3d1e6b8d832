import type { Pause, PauseSelector } from '../../shared/core/dispatch.ts'
import { selectorKey } from '../../shared/core/dispatch.ts'
import type { TaskRow } from '../../shared/core/task.ts'
import type { Seen } from './checker.ts'
import type { SimProcess } from './process.ts'

/** What P10 allows; and when every answer to a claim was lost and its row had to be read. */
const LATE_MS = 5_000
const LATE_AND_READ_MS = 6_000
/** Somebody who was stopped starts what it had claimed before when it goes on; no code can look at the switch in between. */
const EXCUSED_MS = 60_000

/** So long after an answer a doubled request may still arrive, and end a pause that was begun since. */
const TWINS_MS = 15_000

/** So long after somebody has asked for something the program may still be at it, and its requests may arrive twice. */
const REPEATS_MS = 60_000

export type PauseChecks = ReturnType<typeof createPauseChecks>

/** No start while paused, from 5 s after the answer on (P10). */
export function createPauseChecks({ world, violate }: Seen) {
  /** When whoever asked for it was answered. */
  const answered = new Map<string, { readonly pause: Pause; readonly at: number }>()
  /** Ends that somebody has asked for, and when the latest of them was asked for or heard. */
  const ends = new Map<string, { readonly open: number; readonly at: number }>()
  /** When pauses that end by themselves were asked for. */
  const bounded = new Map<string, number[]>()
  let startsAfter5s = 0
  /** Pauses that somebody has asked for; whether they were heard, nobody knows. */
  let asked = 0
  let endedAt = 0

  function holdsBack({ selector, until }: Pause, { name, priority }: TaskRow): boolean {
    if (until !== undefined && until <= world.now) return false
    if (selector.kind === 'name') return selector.name === name
    return selector.kind === 'all' || selector.priority === priority
  }

  return {
    asked(selector: PauseSelector, until: number | undefined): void {
      asked++
      if (until === undefined) return
      // It takes the place of one without an end, from some moment on that nobody knows.
      const key = selectorKey(selector)
      answered.delete(key)
      bounded.set(key, [...(bounded.get(key) ?? []), world.now])
    },
    answered(pause: Pause): void {
      // Somebody else has asked for the end of the same pause meanwhile: nobody knows which came first.
      const end = ends.get(selectorKey(pause.selector))
      if (end && (end.open > 0 || end.at + TWINS_MS >= pause.since)) return
      // The same of another one that ends by itself, which was asked for a moment before: it may come into its place still.
      const others = bounded.get(selectorKey(pause.selector)) ?? []
      if (others.some(at => at !== pause.since && at + REPEATS_MS >= pause.since)) return
      answered.set(selectorKey(pause.selector), { pause, at: world.now })
    },
    /** From the moment on that somebody asks for its end. */
    resuming(selector: PauseSelector): void {
      const key = selectorKey(selector)
      answered.delete(key)
      ends.set(key, { open: (ends.get(key)?.open ?? 0) + 1, at: world.now })
    },
    resumed(selector: PauseSelector): void {
      const key = selectorKey(selector)
      ends.set(key, { open: (ends.get(key)?.open ?? 0) - 1, at: world.now })
      asked--
      endedAt = world.now
    },
    /** Whether something is or may have been paused since then. */
    since: (at: number) => asked > 0 || endedAt >= at,
    started(row: TaskRow, by: SimProcess): void {
      if (by.frozenAt !== undefined && world.now - by.frozenAt < EXCUSED_MS) return
      for (const { pause, at } of answered.values()) {
        const late = world.now - at
        if (late <= LATE_MS || !holdsBack(pause, row)) continue
        if (late <= LATE_AND_READ_MS && by.claimsRead.has(row.id)) startsAfter5s++
        else violate('P10', row.id, `starts ${late} ms after ${selectorKey(pause.selector)} was paused`)
      }
    },
    report: () => ({ startsAfter5s }),
  }
}
