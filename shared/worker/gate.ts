import { activePauses, type Gate, gateOf, openGate, type Pause, selectorKey } from '../core/dispatch.ts'
import type { Instant } from '../core/task.ts'
import type { EngineEvent } from '../engine/events.ts'

/** The dispatch switch as the one process of embedded mode knows it: always the latest. */
export interface LocalGate {
  current(now: Instant): Gate
  /** When a pause ends by itself; Infinity when none does. */
  nextChangeAt(now: Instant): Instant
  /** @returns whether the event has changed the switch */
  apply(event: EngineEvent): boolean
}

export function createLocalGate(stored: readonly Pause[]): LocalGate {
  const pauses = new Map(stored.map(pause => [selectorKey(pause.selector), pause]))
  return {
    current: now => (pauses.size === 0 ? openGate : gateOf([...pauses.values()], now)),
    nextChangeAt: now =>
      Math.min(
        Number.POSITIVE_INFINITY,
        ...activePauses([...pauses.values()], now).flatMap(pause => pause.until ?? []),
      ),
    apply(event) {
      if (event.type === 'dispatch.paused') pauses.set(selectorKey(event.pause.selector), event.pause)
      else if (event.type === 'dispatch.resumed') pauses.delete(selectorKey(event.selector))
      else return false
      return true
    },
  }
}
