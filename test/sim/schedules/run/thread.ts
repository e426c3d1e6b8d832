import { parentPort } from 'node:worker_threads'
import { plants } from '../plants.ts'
import { runHistories } from './histories.ts'
import type { Portion } from './threads.ts'

/** Runs portions of histories, one after the other. */
parentPort?.on('message', ({ from, to, plant }: Portion) => {
  const planted = plants.find(({ name }) => name === plant)
  void runHistories(from, to, planted).then(summary => parentPort?.postMessage(summary))
})
