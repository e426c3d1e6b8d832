import * as tasks from 'pulse-tasks'
import { createOccurrenceFunction } from '../shared/runtime/aws-occurrence.ts'

/** Makes the tasks of schedules. */
export const handler = createOccurrenceFunction(process.env, tasks)
