import { increment } from '../../../shared/core/change.ts'
import type { Plant } from '../plant.ts'
import { deadly, pausing, unreconciled } from './settings.ts'
import {
  isBurial,
  isClaim,
  isHeartbeat,
  leaves,
  leaving,
  onCommit,
  onUpdate,
  setting,
  unconditionally,
  without,
} from './spoil.ts'

/** Rules of who may start, hold and bury an attempt. */
export const claiming: readonly Plant[] = [
  {
    name: 'claim-without-budget',
    breaks: ['P4', 'P11'],
    ...deadly,
    patch: { backend: onUpdate(isClaim, without('attemptsLeft')) },
  },
  {
    name: 'claim-after-expiry',
    breaks: ['P2'],
    settings: { expiring: 1, pauses: 3 },
    patch: { backend: onUpdate(isClaim, without('expiresAt')) },
  },
  {
    name: 'claim-of-newer-rows',
    breaks: ['P2'],
    rates: { olderVersion: 0.5 },
    patch: { backend: onUpdate(isClaim, without('schemaVersion')) },
  },
  {
    name: 'claim-of-paused-priority',
    breaks: ['P10'],
    ...pausing,
    patch: { backend: onUpdate(isClaim, without('priority')) },
  },
  {
    name: 'lost-claim-started',
    breaks: ['P4', 'P3'],
    rates: { messageDoubled: 0.4 },
    patch: {
      backend: onCommit(async (change, commit) => {
        const committed = await commit(change)
        if (change.expect === 'absent' || !isClaim(change) || committed.ok || !committed.winner) return committed
        return { ok: true, row: { ...committed.winner, leaseToken: String(change.set.leaseToken) } }
      }),
    },
  },
  {
    name: 'heartbeats-not-sent',
    breaks: ['P3'],
    rates: { messageDoubled: 0.5, frozen: 0, throttled: 0, serverError: 0, replySlow: 0, requestSlow: 0 },
    settings: { tasks: 12, pauses: 0, exits: 0 },
    patch: {
      backend: onCommit(async (change, commit, { tasks }) => {
        const row = change.expect !== 'absent' && isHeartbeat(change) ? await tasks.read(change.task) : undefined
        return row ? { ok: true, row } : commit(change)
      }),
    },
  },
  {
    name: 'retry-gives-back',
    breaks: ['P4'],
    patch: {
      backend: onUpdate(
        leaves('RETRYING'),
        setting(() => ({ attemptsLeft: increment })),
      ),
    },
  },
  {
    name: 'lease-token-kept',
    breaks: ['P4', 'P3'],
    patch: { backend: onUpdate(isClaim, leaving('leaseToken')) },
  },
  {
    name: 'expiry-not-written',
    breaks: ['P2'],
    settings: { ...unreconciled, expiring: 1, pauses: 3 },
    patch: {
      backend: onCommit(async (change, commit, { tasks }) => {
        const isExpiry = change.expect !== 'absent' && leaves('EXPIRED')(change)
        const row = isExpiry ? await tasks.read(change.task) : undefined
        return row ? { ok: true, row } : commit(change)
      }),
    },
  },
  {
    name: 'burial-unconditional',
    breaks: ['P3'],
    rates: { frozen: 0.06, messageDoubled: 0.4, requestSlow: 0.3 },
    settings: { ...deadly.settings, changes: 20 },
    patch: { backend: onUpdate(isBurial, unconditionally) },
  },
  {
    name: 'look-again-without-hint',
    breaks: ['P1', 'P2', 'P6'],
    settings: { ...unreconciled, delayed: 1 },
    patch: { backend: backend => ({ ...backend, hints: { ...backend.hints, send: async () => {} } }) },
  },
  {
    name: 'hints-sent-twice',
    breaks: ['H20'],
    rates: { messageEarly: 0.5 },
    settings: { delayed: 1 },
    patch: {
      backend: backend => ({
        ...backend,
        hints: {
          ...backend.hints,
          send: async (row, at) => void (await Promise.all([1, 2, 3].map(() => backend.hints.send(row, at)))),
        },
      }),
    },
  },
]
