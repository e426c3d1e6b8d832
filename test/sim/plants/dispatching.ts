import { openGate } from '../../../shared/core/dispatch.ts'
import type { Plant } from '../plant.ts'
import { calm, deadly, pausing, unreconciled } from './settings.ts'

/** Rules of messages and of the switch. */
export const dispatching: readonly Plant[] = [
  {
    name: 'messages-not-hidden',
    breaks: ['P6'],
    ...deadly,
    patch: { messages: messages => ({ ...messages, hide: async () => new Set<string>() }) },
  },
  {
    name: 'messages-hidden-for-long',
    breaks: ['P6'],
    ...deadly,
    patch: { messages: messages => ({ ...messages, hide: (some, seconds) => messages.hide(some, seconds * 5) }) },
  },
  { name: 'switch-not-read', breaks: ['P10'], ...pausing, patch: { gate: () => async () => openGate } },
  { name: 'switch-remembered-for-a-minute', breaks: ['P10'], ...pausing, patch: { gateAgeMs: 60_000 } },
  {
    name: 'resumed-names-forgotten',
    breaks: ['P2'],
    rates: calm,
    settings: { ...unreconciled, pauses: 8, tasks: 16, faultyMs: 240_000 },
    patch: { forgetsResumed: true },
  },
]
