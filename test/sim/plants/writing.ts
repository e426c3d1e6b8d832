import type { Plant } from '../plant.ts'
import { deadly } from './settings.ts'
import { isClaim, isHeartbeat, leaves, onCommit, onUpdate, setting, shifted, without } from './spoil.ts'

/** Rules of writes and their order. */
export const writing: readonly Plant[] = [
  {
    name: 'claim-without-wake-at',
    breaks: ['P3', 'P7'],
    patch: { backend: onUpdate(isClaim, without('wakeAt')) },
  },
  {
    name: 'claim-before-its-time',
    breaks: ['P7'],
    rates: { messageEarly: 0.5 },
    settings: { delayed: 1 },
    patch: { backend: onUpdate(isClaim, shifted(20_000)) },
  },
  {
    name: 'claim-charges-nothing',
    breaks: ['P4'],
    patch: {
      backend: onUpdate(isClaim, change => {
        const { attemptsLeft: _, ...set } = change.set
        return { ...change, set }
      }),
    },
  },
  {
    name: 'claim-keeps-the-number',
    breaks: ['P4'],
    patch: {
      backend: onUpdate(isClaim, change => {
        const { attempt: _, ...set } = change.set
        return { ...change, set }
      }),
    },
  },
  {
    name: 'claim-after-cancel',
    breaks: ['P11', 'P4'],
    rates: { crashAfterApply: 0.04, crashInReply: 0.04 },
    settings: { changes: 30, exits: 0.4 },
    patch: {
      backend: onUpdate(
        change => 'cancelRequestedAt' in change.set && change.set.attemptsLeft === 0,
        change => {
          const { attemptsLeft: _, ...set } = change.set
          return { ...change, set }
        },
      ),
    },
  },
  {
    name: 'lease-of-five-minutes',
    breaks: ['P6'],
    ...deadly,
    patch: {
      backend: onUpdate(
        isClaim,
        setting(({ set }) => ({ wakeAt: Number(set.wakeAt) + 300_000 })),
      ),
    },
  },
  {
    name: 'complete-unfenced',
    breaks: ['P3'],
    rates: { frozen: 0.05 },
    patch: { backend: onUpdate(leaves('COMPLETED'), without('leaseToken')) },
  },
  {
    name: 'retry-unfenced',
    breaks: ['P3'],
    rates: { frozen: 0.05 },
    patch: { backend: onUpdate(leaves('RETRYING'), without('leaseToken')) },
  },
  {
    name: 'heartbeat-unfenced',
    breaks: ['P3'],
    rates: { frozen: 0.05 },
    patch: { backend: onUpdate(isHeartbeat, change => ({ ...change, expect: [] })) },
  },
  {
    name: 'people-overwrite',
    breaks: ['P3'],
    settings: { changes: 40 },
    patch: { backend: onUpdate(change => change.entry?.by !== undefined, without('version')) },
  },
  {
    name: 'submit-overwrites',
    breaks: ['P3', 'P4'],
    rates: { clientUnheard: 0.3, replyLost: 0.1 },
    patch: {
      backend: onCommit(async (change, commit, { tasks }) => {
        const row = change.expect === 'absent' ? await tasks.read(change.task) : undefined
        if (change.expect !== 'absent' || !row) return commit(change)
        const { id: _, history, ...set } = change.row
        return commit({ task: change.task, expect: [], set, history, hintAt: change.hintAt })
      }),
    },
  },
  {
    name: 'requeue-in-the-same-run',
    breaks: ['P3'],
    settings: { changes: 30 },
    patch: {
      backend: onUpdate(
        change => 'run' in change.set,
        change => {
          const { run: _, ...set } = change.set
          return { ...change, set }
        },
      ),
    },
  },
  {
    name: 'already-mine-unknown',
    breaks: ['P4'],
    rates: { replyLost: 0.1 },
    patch: {
      backend: onCommit(async (change, commit) => {
        const committed = await commit(change)
        if (change.expect === 'absent' || !isClaim(change) || committed.ok || !committed.winner) return committed
        return { ok: false, winner: { ...committed.winner, leaseToken: 'somebody else' } }
      }),
    },
  },
]
