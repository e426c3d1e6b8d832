import { parentPort } from 'node:worker_threads'
import { plants } from '../plants.ts'
import { onAws, onOneMachine, runHistories } from './histories.ts'
import type { Portion } from './threads.ts'

/** Runs portions of histories, one after the other. */
parentPort?.on('message', ({ from, to, plant, variation, isEmbedded }: Portion) => {
  const planted = plants.find(({ name }) => name === plant)
  const player = isEmbedded ? onOneMachine : onAws(planted, variation)
  void runHistories(from, to, player).then(summary => parentPort?.postMessage(summary))
})
