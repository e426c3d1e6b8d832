import { defineTask } from '../shared/core/definition.ts'

/** The result is the payload, whatever it is: shows that a deployment works from end to end. */
export const echo = defineTask({
  name: 'echo',
  run: (payload: unknown) => payload,
})
