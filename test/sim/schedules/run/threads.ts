import { once } from 'node:events'
import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import { addSummary, emptySummary, type Summary } from './histories.ts'

export interface Wanted {
  readonly from: number
  readonly seeds: number
  /** Name of a planted bug. */
  readonly plant?: string | undefined
}

export interface Portion {
  readonly from: number
  readonly to: number
  readonly plant: string | undefined
}

/** Nearly everything is gone with its history: room for it saves looking for what is not. */
const YOUNG = { maxYoungGenerationSizeMb: 128 }
/** Histories that a thread is given at a time. */
const PORTION = 25

/** Runs histories of schedules on all cores, in portions, until one of them is not as it should be. */
export async function runOnThreads({ from, seeds, plant }: Wanted): Promise<Summary> {
  const end = from + seeds
  const all = emptySummary()
  let next = from

  function takePortion(): Portion | undefined {
    if (next >= end || all.found) return undefined
    const portion = { from: next, to: Math.min(next + PORTION, end) - 1, plant }
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
      }
    } finally {
      await thread.terminate()
    }
  }

  const threads = Math.min(availableParallelism(), Math.ceil(seeds / PORTION))
  await Promise.all(Array.from({ length: threads }, runThread))
  return all
}
