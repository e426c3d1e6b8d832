import type { Failure } from '../http/call.ts'
import { type Logger, message } from '../telemetry/log-events.ts'

/** Puts into the log what the caller was not told; the request id leads to it. */
export function logFailures(logger: Pick<Logger, 'log'>): (failure: Failure) => void {
  return ({ error, ...request }) => logger.log('error', 'request.failed', { ...request, error: message(error) })
}
