import * as tasks from 'pulse-tasks'
import { createDeadLetterFunction } from '../shared/runtime/aws-worker.ts'

/** Judges hints that no worker could process. */
export const handler = createDeadLetterFunction(process.env, tasks)
