import { simulateEmbedded } from '../embedded/simulate.ts'
import { taskTally } from './task-summary.ts'
import { playPortions } from './threads.ts'

playPortions(() => ({ play: seed => simulateEmbedded(seed), tally: taskTally }))
