import type { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { type Instant, isWaiting, type TaskState, taskStates } from '../core/task.ts'
import type { Clock } from '../ports/clock.ts'
import type { OldestWaiting, StateCount, StatsStore } from '../ports/stats-store.ts'
import { COUNTS, DUE, DUE_NAME, DUE_SECOND, ENDS, minuteOf, STATS_PARTITION, startOfMinute } from './deltas.ts'
import { queryItems, sortKeyOf } from './query-items.ts'
import type { Item } from './row-codec.ts'

export interface StatsStoreOptions {
  readonly dynamodb: DynamoDBClient
  /** The app table. */
  readonly tableName: string
  readonly clock: Clock
}

/** Behind all sort keys with the same beginning. */
const END = '~'
const SECOND_MS = 1_000

/** Reads the counters, which follow the change stream and so lag by a second or two. */
export function createStatsStore(options: StatsStoreOptions): StatsStore {
  const items = (from: string, to: string) => queryItems({ ...options, partition: STATS_PARTITION, from, to })

  /** Of all shards. Numbers of one of them may be below zero: a row may change shards on its way. */
  async function counts(): Promise<StateCount[]> {
    const sums = new Map<string, StateCount>()
    for await (const item of items(COUNTS, COUNTS + END)) {
      for (const found of stateCounts(item)) {
        const key = `${found.name} ${found.state}`
        sums.set(key, { ...found, count: found.count + (sums.get(key)?.count ?? 0) })
      }
    }
    return [...sums.values()].filter(({ count }) => count !== 0)
  }

  return {
    counts,
    async ends(since) {
      const ends = []
      for await (const item of items(ENDS + minuteOf(since), ENDS + END)) {
        const minute = startOfMinute(sortKeyOf(item).slice(ENDS.length))
        for (const end of stateCounts(item)) if (end.count !== 0) ends.push({ minute, ...end })
      }
      return ends
    },
    async oldestWaiting(now) {
      // Minutes stay for days after their tasks have run, and are read one by one: not when there is nothing to be found.
      if (!(await counts()).some(({ state, count }) => isWaiting(state) && count > 0)) return undefined
      for await (const item of items(DUE, DUE + minuteOf(now))) {
        const oldest = oldestOf(item, now)
        if (oldest) return oldest
      }
      return undefined
    },
  }
}

function stateCounts(item: Item): StateCount[] {
  return Object.entries(item).flatMap(([attribute, value]) => {
    const [, state, name = ''] = COUNTER.exec(attribute) ?? []
    return isState(state) ? { name, state, count: Number(value.N) } : []
  })
}

const COUNTER = /^([A-Z]+)#(.+)$/

function isState(text: string | undefined): text is TaskState {
  return taskStates.some(state => state === text)
}

/** The first second of the minute in which a row is due and waits, and the name of most that do in that minute. */
function oldestOf(item: Item, now: Instant): OldestWaiting | undefined {
  const minute = startOfMinute(sortKeyOf(item).slice(DUE.length))
  const second = Math.min(...positive(item, DUE_SECOND).map(([second]) => Number(second)))
  const [most] = positive(item, DUE_NAME).sort(([, a], [, b]) => b - a)
  const runAt = minute + second * SECOND_MS
  return most && runAt <= now ? { name: most[0], runAt } : undefined
}

function positive(item: Item, prefix: string): [string, number][] {
  return Object.entries(item).flatMap(([attribute, { N }]) =>
    attribute.startsWith(prefix) && Number(N) > 0 ? [[attribute.slice(prefix.length), Number(N)] as const] : [],
  ) as [string, number][]
}
