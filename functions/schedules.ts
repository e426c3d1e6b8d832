import * as tasks from 'pulse-tasks'
import { createSchedulesFunction } from '../shared/runtime/aws-schedules-api.ts'

/** Serves `/api/v1/schedules…`. */
export const handler = createSchedulesFunction(process.env, tasks)
