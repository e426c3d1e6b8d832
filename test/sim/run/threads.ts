import { once } from 'node:events'
import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import type { Variation } from '../simulate.ts'
import { addSummary, emptySummary, type Summary } from './summary.ts'

export interface Wanted {
  readonly from: number
  readonly seeds: number
  /** Name of a planted bug. */
  readonly plant?: string | undefined
  readonly variation?: Omit<Variation, 'plant'>
  /** On one machine and one SQLite file, instead of on AWS. */
  readonly isEmbedded?: boolean
}

export interface Portion {
  readonly from: number
  readonly to: number
  readonly plant: string | undefined
  readonly variation: Wanted['variation']
  readonly isEmbedded: boolean
}

/** Nearly everything is gone with its history: room for it saves looking for what is not. */
const YOUNG = { maxYoungGenerationSizeMb: 128 }
/** Histories that a thread is given at a time. */
const PORTION = 25

/**
 * Runs histories on all cores, in portions, until one of them is not as it should be.
 * @param progress hears of every portion
 */
export async function runOnThreads(wanted: Wanted, progress: (all: Summary) => void = () => {}): Promise<Summary> {
  const { from, seeds, plant, variation, isEmbedded = false } = wanted
  const end = from + seeds
  const all = emptySummary()
  let next = from

  function takePortion(): Portion | undefined {
    if (next >= end || all.found) return undefined
    const portion = { from: next, to: Math.min(next + PORTION, end) - 1, plant, variation, isEmbedded }
    next = portion.to + 1
    return portion
  }

  async function runThread(): Promise<void> {
    const thread = new Worker(new URL('./thread.ts', import.meta.url), { resourceLimits: YOUNG })
    try {
      for (let portion = takePortion(); portion; portion = takePortion()) {
        thread.postMessage(portion)
        // It fails with the thread.
        const [summary] = (await once(thread, 'message')) as [Summary]
        addSummary(all, summary)
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
