import type { APIGatewayProxyEvent, APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda'

/** What the handlers work on: an event of an HTTP API. */
export type HttpEvent = APIGatewayProxyEventV2
/** What they are called with: a REST API sends the older form. */
export type AnyHttpEvent = APIGatewayProxyEventV2 | APIGatewayProxyEvent
export type HttpResult = APIGatewayProxyStructuredResultV2

/** What a handler may know about the process it runs in. */
export interface CallContext {
  /** Present on Lambda. */
  readonly getRemainingTimeInMillis?: () => number
  /** Aborted when the process is to stop: answers that wait for a task are then given at once. */
  readonly stopping?: AbortSignal
}

export type HttpHandler = (event: AnyHttpEvent, context?: CallContext) => Promise<HttpResult>

/** One form for both versions, with the path as in the route table: without the stage. */
export function normaliseEvent(event: AnyHttpEvent): HttpEvent {
  if ('rawPath' in event) return withoutStage(event)
  const headers = new Map<string, string>()
  for (const [name, value] of Object.entries(event.headers ?? {})) {
    if (value !== undefined) headers.set(name.toLowerCase(), value)
  }
  for (const [name, values] of Object.entries(event.multiValueHeaders ?? {})) {
    if (values) headers.set(name.toLowerCase(), values.join(','))
  }
  const { requestContext } = event
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath: event.path,
    rawQueryString: queryText(event),
    headers: Object.fromEntries(headers),
    isBase64Encoded: event.isBase64Encoded,
    ...(event.body !== null && { body: event.body }),
    requestContext: {
      accountId: requestContext.accountId,
      apiId: requestContext.apiId,
      domainName: requestContext.domainName ?? '',
      domainPrefix: requestContext.domainPrefix ?? '',
      http: {
        method: event.httpMethod,
        path: event.path,
        protocol: requestContext.protocol,
        sourceIp: requestContext.identity.sourceIp,
        userAgent: requestContext.identity.userAgent ?? '',
      },
      requestId: requestContext.requestId,
      routeKey: '$default',
      stage: requestContext.stage,
      time: requestContext.requestTime ?? '',
      timeEpoch: requestContext.requestTimeEpoch,
    },
  }
}

function withoutStage(event: APIGatewayProxyEventV2): HttpEvent {
  const { stage, http } = event.requestContext
  const prefix = `/${stage}`
  if (stage === '$default' || !(http.path === prefix || http.path.startsWith(`${prefix}/`))) return event
  const path = http.path.slice(prefix.length) || '/'
  return { ...event, rawPath: path, requestContext: { ...event.requestContext, http: { ...http, path } } }
}

/** A REST API hands over decoded parameters; doubled ones must stay visible. */
function queryText(event: APIGatewayProxyEvent): string {
  const query = new URLSearchParams()
  const multiple = event.multiValueQueryStringParameters
  if (multiple) {
    for (const [name, values] of Object.entries(multiple)) for (const value of values ?? []) query.append(name, value)
  } else {
    for (const [name, value] of Object.entries(event.queryStringParameters ?? {})) query.append(name, value ?? '')
  }
  return query.toString()
}

const REQUEST_ID = /^[\w.:=-]{1,128}$/

/** The caller's own id when it is harmless in a log line (SEC-33), the gateway's otherwise. */
export function requestIdOf(event: HttpEvent): string {
  const given = event.headers['x-request-id']
  if (given !== undefined && REQUEST_ID.test(given)) return given
  return event.requestContext.requestId
}
