import { increment } from '../../../shared/core/change.ts'
import type { SqliteBackend } from '../../../shared/sqlite/backend.ts'
import type { Patch } from '../plant.ts'
import { deadly, pausing } from '../plants/settings.ts'
import { isClaim, leaves, leaving, onCommit, onUpdate, setting, without } from '../plants/spoil.ts'
import type { EmbeddedPatch } from './program.ts'
import type { EmbeddedPlant } from './simulate.ts'

/** What is spoilt in commits is the same on both backends. */
function commits(spoil: NonNullable<Patch['backend']>): EmbeddedPatch {
  return { backend: spoil as unknown as (backend: SqliteBackend) => SqliteBackend }
}

/**
 * Rules of the embedded program that can be taken out and are missed then. Heartbeats, and what fences off whoever has lost a lease, are
 * not among them: one process does not give away what it has in hand.
 */
export const embeddedPlants: readonly EmbeddedPlant[] = [
  {
    name: 'claim-without-budget',
    breaks: ['P4', 'P11'],
    ...deadly,
    patch: commits(onUpdate(isClaim, without('attemptsLeft'))),
  },
  {
    name: 'lease-token-kept',
    breaks: ['P3', 'P4'],
    patch: commits(onUpdate(isClaim, leaving('leaseToken'))),
  },
  {
    name: 'retry-gives-back',
    breaks: ['P4'],
    patch: commits(
      onUpdate(
        leaves('RETRYING'),
        setting(() => ({ attemptsLeft: increment })),
      ),
    ),
  },
  {
    name: 'submit-accepted-before-write',
    breaks: ['P1'],
    patch: commits(
      onCommit((change, commit) => {
        const committed = commit(change)
        if (change.expect !== 'absent') return committed
        committed.catch(() => {})
        return Promise.resolve({ ok: true, row: change.row })
      }),
    ),
  },
  {
    name: 'pause-forgotten',
    breaks: ['P10'],
    ...pausing,
    rates: { ...pausing.rates, crashAfterApply: 0.02, crashInReply: 0.02 },
    patch: { backend: backend => ({ ...backend, dispatch: { ...backend.dispatch, read: async () => [] } }) },
  },
  {
    name: 'pause-not-applied',
    breaks: ['P10'],
    ...pausing,
    patch: { gate: gate => ({ ...gate, apply: () => false }) },
  },
]
