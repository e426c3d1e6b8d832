import { type Instant, taskStates, terminalStates } from '../core/task.ts'
import type { Stats } from '../engine/engine.ts'
import type { StateCount } from '../ports/stats-store.ts'
import { json, type Verb } from './call.ts'
import { presentPause } from './dispatch.ts'
import { time } from './present-task.ts'
import type { Routes } from './routes.ts'

export const getStats: Verb<Routes['getStats']> = async ({ actor }, on) =>
  json(200, JSON.stringify(presentStats(await on.engine.stats(actor), on.clock.now())))

function presentStats({ counts, ends, oldestWaiting, pauses }: Stats, now: Instant) {
  return {
    at: time(now),
    totals: tally(taskStates, counts),
    names: grouped(counts, count => count.name).map(([name, own]) => ({ name, counts: tally(taskStates, own) })),
    oldestWaiting: oldestWaiting
      ? {
          ...(oldestWaiting.id !== undefined && { id: oldestWaiting.id }),
          name: oldestWaiting.name,
          runAt: time(oldestWaiting.runAt),
          ageSeconds: Math.max(0, (now - oldestWaiting.runAt) / 1_000),
        }
      : null,
    lastHour: {
      ...tally(terminalStates, ends),
      minutes: grouped(ends, end => end.minute).map(([minute, own]) => ({
        minute: time(minute),
        ...tally(terminalStates, own),
      })),
    },
    pauses: pauses.map(presentPause),
  }
}

function tally<S extends string>(states: readonly S[], counts: readonly StateCount[]): Record<string, number> {
  const totals: Record<string, number> = Object.fromEntries(states.map(state => [state, 0]))
  for (const { state, count } of counts) if (state in totals) totals[state] = (totals[state] ?? 0) + count
  return totals
}

/** In order of the key. */
function grouped<Item, Key extends string | number>(
  items: readonly Item[],
  keyOf: (item: Item) => Key,
): [Key, Item[]][] {
  return [...Map.groupBy(items, keyOf)].sort(([a], [b]) => (a < b ? -1 : 1))
}
