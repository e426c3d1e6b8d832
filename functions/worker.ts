import * as tasks from 'pulse-tasks'
import { createWorkerFunction } from '../shared/runtime/aws-worker.ts'

/** Runs the tasks that hints point at. */
export const handler = createWorkerFunction(process.env, tasks, import.meta.url)
