import * as tasks from 'pulse-tasks'
import { createTasksFunction } from '../shared/runtime/aws-api.ts'

/** Serves `/api/v1/tasks…`. */
export const handler = createTasksFunction(process.env, tasks)
