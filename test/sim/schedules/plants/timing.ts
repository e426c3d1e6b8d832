import type { Plant } from '../plant.ts'

const early = { doubled: 0, lost: 0, late: 0, early: 0.8, stale: 0 }

/** Rules about timers and hints. */
export const timing: readonly Plant[] = [
  {
    name: 'timers-not-told-again',
    breaks: ['H73'],
    patch: {
      timers: timers => ({
        ...timers,
        put: async schedule => (schedule.generation > 1 ? undefined : timers.put(schedule)),
      }),
    },
  },
  {
    name: 'timers-not-removed',
    breaks: ['H73'],
    patch: { timers: timers => ({ ...timers, remove: async () => {} }) },
  },
  { name: 'hints-believed', breaks: ['H77'], settings: { timers: early }, patch: { believesHints: true } },
  { name: 'made-far-ahead', breaks: ['H77'], patch: { lookaheadMs: 600_000 } },
  {
    name: 'nobody-looks',
    breaks: ['H71'],
    settings: { timers: { ...early, early: 0, lost: 1 } },
    patch: { looksAtNothing: true },
  },
]
