import type { Plant } from '../plant.ts'
import { deadly, pausing, unreconciled } from './settings.ts'
import { isRequeue, leaving, onCommit, onUpdate } from './spoil.ts'

/** Rules of what people ask for. */
export const asking: readonly Plant[] = [
  {
    name: 'key-ignored',
    breaks: ['P8'],
    rates: { clientUnheard: 0.3, replyLost: 0.1 },
    patch: { engine: engine => ({ ...engine, submit: (actor, request) => engine.submit(actor, request) }) },
  },
  {
    name: 'fingerprint-ignored',
    breaks: ['P8'],
    settings: { keysReused: 1, retentionMs: 7 * 86_400_000 },
    patch: {
      backend: onCommit(async (change, commit) => {
        const committed = await commit(change)
        if (change.expect !== 'absent' || committed.ok || !committed.winner) return committed
        const { fingerprint, ...winner } = committed.winner
        const { fingerprint: own = fingerprint } = change.row
        return { ok: false, winner: { ...winner, ...(own !== undefined && { fingerprint: own }) } }
      }),
    },
  },
  {
    name: 'payload-not-stored',
    breaks: ['P1'],
    patch: {
      backend: onCommit((change, commit) => {
        if (change.expect !== 'absent') return commit(change)
        const { payload: _, ...row } = change.row
        return commit({ ...change, row: { ...row, payload: '{"k":0}' } })
      }),
    },
  },
  {
    name: 'requeue-without-backstop',
    breaks: ['P2'],
    rates: { ...deadly.rates, crashAfterApply: 0.2 },
    settings: { ...unreconciled, changes: 30, pauses: 0 },
    patch: { backend: onUpdate(isRequeue, ({ backstopAt: _, ...change }) => change) },
  },
  {
    name: 'requeue-continues-the-count',
    breaks: ['P3'],
    settings: { changes: 30 },
    patch: { backend: onUpdate(isRequeue, leaving('attempt')) },
  },
  {
    name: 'pause-not-stored',
    breaks: ['P10'],
    ...pausing,
    patch: {
      apiBackend: backend => ({ ...backend, dispatch: { ...backend.dispatch, put: async () => {} } }),
    },
  },
  {
    name: 'cancel-forgotten',
    breaks: ['P11'],
    settings: { changes: 30 },
    patch: {
      backend: onUpdate(
        change => 'cancelRequestedAt' in change.set && change.set.attemptsLeft === 0,
        ({ set: { attemptsLeft: _, ...set }, ...change }) => ({ ...change, set }),
      ),
    },
    rates: deadly.rates,
  },
]
