import type { Instant, Priority } from './task.ts'

/** What a pause holds back: everything, one priority, or one task name. */
export type PauseSelector =
  | { readonly kind: 'all' }
  | { readonly kind: 'priority'; readonly priority: Priority }
  | { readonly kind: 'name'; readonly name: string }

export interface Pause {
  readonly selector: PauseSelector
  readonly reason: string
  readonly actor: string
  readonly since: Instant
  /** It ends by itself then. */
  readonly until?: Instant
}

/** The durable switch. Pauses whose time has passed are no longer active, though nobody has written. */
export function activePauses(pauses: readonly Pause[], now: Instant): Pause[] {
  return pauses.filter(pause => pause.until === undefined || pause.until > now)
}

/** What may not start now, in the form that a worker needs. */
export interface Gate {
  readonly all: boolean
  readonly priorities: readonly Priority[]
  readonly names: ReadonlySet<string>
}

export const openGate: Gate = { all: false, priorities: [], names: new Set() }

export function gateOf(pauses: readonly Pause[], now: Instant): Gate {
  const active = activePauses(pauses, now)
  if (active.length === 0) return openGate
  const priorities: Priority[] = []
  const names = new Set<string>()
  let all = false
  for (const { selector } of active) {
    if (selector.kind === 'all') all = true
    else if (selector.kind === 'priority') priorities.push(selector.priority)
    else names.add(selector.name)
  }
  return { all, priorities, names }
}

/** A name for the selector, unique among selectors. */
export function selectorKey(selector: PauseSelector): string {
  switch (selector.kind) {
    case 'all':
      return 'all'
    case 'priority':
      return `priority:${selector.priority}`
    case 'name':
      return `name:${selector.name}`
  }
}
