import * as tasks from 'pulse-tasks'
import { createReconcileFunction } from '../shared/runtime/aws-upkeep.ts'

/** Finds rows that are overdue though no hint of them is left. */
export const handler = createReconcileFunction(process.env, tasks)
