import { Duration } from 'aws-cdk-lib'
import type { FunctionName } from '../shared/aws/names.ts'

/** How long each function may take, in seconds. The gateway gives up after 29; Lambda after 15 minutes. */
const SECONDS: Readonly<Record<FunctionName, number>> = {
  tasks: 29,
  schedules: 29,
  ops: 29,
  auth: 29,
  worker: 900,
  // A fire takes a moment, a first deployment of many schedules longer.
  occurrence: 300,
  'dead-letter': 60,
  reconcile: 900,
  changes: 60,
}

export function timeoutOf(name: FunctionName): Duration {
  return Duration.seconds(SECONDS[name])
}

/**
 * How long a message is hidden from others once a function has received it: until the function has ended, whatever happens to it.
 * Six times the timeout is the usual advice, against throttled pollers; a limit on each mapping keeps those away.
 */
export function visibilityOf(consumer: FunctionName): Duration {
  return timeoutOf(consumer).plus(Duration.seconds(30))
}
