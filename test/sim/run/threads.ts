import { once } from 'node:events'
import { availableParallelism } from 'node:os'
import { parentPort, Worker } from 'node:worker_threads'
import type { History } from '../history.ts'
import { type Player, runHistories } from './histories.ts'
import type { Summary, Tally } from './summary.ts'

/** Which histories are wanted. */
export interface Seeds {
  readonly from: number
  readonly seeds: number
}

/** Threads that play histories of one kind. */
export interface Threads<Orders, Sum extends Summary> {
  /** The module of each of them: it calls `playPortions`. */
  readonly module: URL
  /** How they play, whatever the seed. */
  readonly orders: Orders
  readonly tally: Pick<Tally<never, Sum>, 'empty' | 'add'>
}

interface Portion<Orders> {
  readonly from: number
  readonly to: number
  readonly orders: Orders
}

/** Nearly everything is gone with its history: room for it saves looking for what is not. */
const YOUNG = { maxYoungGenerationSizeMb: 128 }
/** Histories that a thread is given at a time. */
const PORTION = 25

/**
 * Runs histories on all cores, in portions, until one of them is not as it should be.
 * @param progress hears of every portion
 */
export async function runOnThreads<Orders, Sum extends Summary>(
  { from, seeds }: Seeds,
  { module, orders, tally }: Threads<Orders, Sum>,
  progress: (all: Sum) => void = () => {},
): Promise<Sum> {
  const end = from + seeds
  const all = tally.empty()
  let next = from

  function takePortion(): Portion<Orders> | undefined {
    if (next >= end || all.found) return undefined
    const portion = { from: next, to: Math.min(next + PORTION, end) - 1, orders }
    next = portion.to + 1
    return portion
  }

  async function runThread(): Promise<void> {
    const thread = new Worker(module, { resourceLimits: YOUNG })
    try {
      for (let portion = takePortion(); portion; portion = takePortion()) {
        thread.postMessage(portion)
        // It fails with the thread.
        const [summary] = (await once(thread, 'message')) as [Sum]
        tally.add(all, summary)
        progress(all)
      }
    } finally {
      await thread.terminate()
    }
  }

  const threads = Math.min(availableParallelism(), Math.ceil(seeds / PORTION))
  await Promise.all(Array.from({ length: threads }, runThread))
  return all
}

/** In a thread: plays its portions, one after the other. */
export function playPortions<Orders, Broken, Played extends History<Broken>, Sum extends Summary<Broken>>(
  playerOf: (orders: Orders) => Player<Broken, Played, Sum>,
): void {
  parentPort?.on('message', ({ from, to, orders }: Portion<Orders>) => {
    void runHistories(from, to, playerOf(orders)).then(summary => parentPort?.postMessage(summary))
  })
}
