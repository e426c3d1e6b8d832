import * as tasks from 'pulse-tasks'
import { createChangesFunction } from '../shared/runtime/aws-upkeep.ts'

/** Follows the change stream of the tasks table. */
export const handler = createChangesFunction(process.env, tasks)
