import { StoreUnavailable } from '../../../shared/ports/store-unavailable.ts'
import type { Plant } from '../plant.ts'
import { deadly, twice, unreconciled } from './settings.ts'
import { isClaim, leaves, onCommit, onUpdate, withoutHint } from './spoil.ts'

/** Rules that keep hints alive: judged without a reconcile, which would heal what they break. */
export const hinting: readonly Plant[] = [
  {
    name: 'hint-before-write',
    breaks: ['P1', 'P2'],
    settings: unreconciled,
    patch: {
      backend: onCommit(async (change, commit, { hints }) => {
        if (change.expect !== 'absent') return commit(change)
        await hints.send(change.row, change.hintAt)
        return commit(withoutHint(change))
      }),
    },
    rates: { requestSlow: 0.2, replySlow: 0.2 },
  },
  {
    name: 'submit-without-hint',
    breaks: ['P1'],
    patch: {
      backend: onCommit((change, commit) => commit(change.expect === 'absent' ? withoutHint(change) : change)),
    },
  },
  {
    name: 'submit-accepted-though-hint-failed',
    breaks: ['P1'],
    rates: { requestLost: 0.3, throttled: 0.3 },
    patch: {
      backend: onCommit(async (change, commit, { tasks }) => {
        try {
          return await commit(change)
        } catch (error) {
          const isHintOnly = error instanceof StoreUnavailable && error.task !== undefined
          const row = isHintOnly ? await tasks.read(change.task) : undefined
          if (!row) throw error
          return { ok: true, row }
        }
      }),
    },
  },
  {
    name: 'submit-accepted-before-write',
    breaks: ['P1'],
    patch: {
      backend: onCommit((change, commit) => {
        const committed = commit(change)
        if (change.expect !== 'absent') return committed
        committed.catch(() => {})
        return Promise.resolve({ ok: true, row: change.row })
      }),
    },
  },
  {
    name: 'replay-without-hint',
    breaks: ['P1'],
    rates: { crashAfterApply: 0.06, partlyRefused: 0.4 },
    settings: unreconciled,
    patch: { apiBackend: backend => ({ ...backend, hints: { ...backend.hints, send: async () => {} } }) },
  },
  {
    name: 'retry-without-hint',
    breaks: ['P2'],
    settings: unreconciled,
    patch: { backend: onUpdate(leaves('RETRYING'), withoutHint) },
  },
  {
    name: 'requeue-without-hint',
    breaks: ['P2'],
    settings: { ...unreconciled, changes: 20 },
    patch: {
      backend: onUpdate(
        change => 'run' in change.set,
        ({ backstopAt: _, ...change }) => withoutHint(change),
      ),
    },
  },
  {
    name: 'far-hints-dropped',
    breaks: ['P1', 'P2'],
    settings: { ...unreconciled, delayed: 1 },
    patch: {
      backend: onCommit((change, commit) => {
        const isFar =
          change.hintAt !== undefined && change.expect === 'absent' && change.hintAt > change.row.createdAt + 900_000
        return commit(isFar ? withoutHint(change) : change)
      }),
    },
  },
  {
    name: 'lost-claim-acknowledged',
    breaks: ['P2', 'P6'],
    ...deadly,
    patch: {
      backend: onCommit(async (change, commit) => {
        const committed = await commit(change)
        const isMine =
          change.expect === 'absent' || committed.ok || committed.winner?.leaseToken === change.set.leaseToken
        return isMine || !isClaim(change) ? committed : { ok: false, winner: undefined }
      }),
    },
  },
  {
    name: 'failed-batch-acknowledged',
    breaks: ['P2', 'P6'],
    settings: unreconciled,
    rates: { requestLost: 0.15, throttled: 0.3, replyLost: 0.2, partlyRefused: 0.4 },
    patch: { worker: handle => (records, remainingMs) => handle(records, remainingMs).then(() => []) },
  },
  {
    name: 'dead-letters-dropped',
    breaks: ['P2'],
    settings: { ...unreconciled, pauses: 3, faultyMs: 900_000 },
    rates: { countRaised: 0.4 },
    patch: { deadLetter: () => async () => [] },
  },
  {
    name: 'spare-hints-acknowledged',
    breaks: ['P2', 'P6'],
    ...twice,
    patch: {
      backend: backend => ({
        ...backend,
        // Of a row that is held nobody else sends a hint where nothing is paused and no reconcile runs.
        hints: {
          ...backend.hints,
          send: async (row, at) => (row.state === 'RUNNING' ? undefined : backend.hints.send(row, at)),
        },
      }),
    },
  },
]
