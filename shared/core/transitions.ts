/**
 * Every state change is one function here, pure: what is known, what is wanted and the time go in, a `Change` comes out. Adapters
 * never choose a state. lifecycle.ts says which states each one leaves and reaches.
 */
export { bury, expire } from './transitions/bury.ts'
export { heartbeat, reportProgress } from './transitions/hold.ts'
export { type Lease, SKEW_MS } from './transitions/parts.ts'
export { cancel, type Edit, edit, requestCancel, requeue } from './transitions/people.ts'
export { complete, discard, fail, release, snooze, stop } from './transitions/settle.ts'
export { claim, type NewTask, submit } from './transitions/start.ts'
