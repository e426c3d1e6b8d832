import * as tasks from 'pulse-tasks'
import { createTasksFunction } from '../shared/runtime/aws-tasks.ts'

/** Serves `/api/v1/tasks…`. */
export const handler = createTasksFunction(process.env, tasks)
