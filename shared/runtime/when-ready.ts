import type { HttpHandler } from '../http/event.ts'
import { problemResult, pulseErrorOf } from '../http/problem.ts'

/** Makes the handler when the first event comes; a failure to is told to its caller alone, and the next one tries again. */
export function whenReady(make: () => Promise<HttpHandler>): HttpHandler {
  let made: Promise<HttpHandler> | undefined
  return async (event, context) => {
    made ??= make()
    let handler: HttpHandler
    try {
      handler = await made
    } catch (error) {
      made = undefined
      const { requestContext } = event
      return problemResult(pulseErrorOf(error), {
        path: 'rawPath' in event ? event.rawPath : event.path,
        id: requestContext.requestId,
      })
    }
    return handler(event, context)
  }
}
