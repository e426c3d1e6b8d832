import { defineTask } from '../shared/core/definition.ts'

/** Runs when a submit names no task: the result is the payload. Put your own work here, or name a task. */
export const defaultTask = defineTask({
  name: 'default',
  run: (payload: unknown) => payload,
})
