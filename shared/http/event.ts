import type { APIGatewayProxyEvent, APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda'

/** What the handlers work on: an event of an HTTP API, its path without the stage. */
export type HttpEvent = APIGatewayProxyEventV2 & {
  /** What stands before the path in the URL that was called: the stage of a REST API; absent for none. */
  readonly root?: string
  /** ARN of the IAM user or role that signed the request, as the gateway has checked it. */
  readonly signedBy?: string
  /** Whether it came in the older form, which has another place for cookies in its answer. */
  readonly fromRestApi?: true
}
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
  if ('rawPath' in event) return withoutStage(withSigner(event))
  const headers = new Map<string, string>()
  for (const [name, value] of Object.entries(event.headers ?? {})) {
    if (value !== undefined) headers.set(name.toLowerCase(), value)
  }
  for (const [name, values] of Object.entries(event.multiValueHeaders ?? {})) {
    // RFC 9113 §8.2.3 lets clients send one header for each cookie.
    if (values) headers.set(name.toLowerCase(), values.join(name.toLowerCase() === 'cookie' ? '; ' : ','))
  }
  const { requestContext } = event
  return {
    version: '2.0',
    fromRestApi: true,
    routeKey: '$default',
    rawPath: event.path,
    rawQueryString: queryText(event),
    headers: Object.fromEntries(headers),
    isBase64Encoded: event.isBase64Encoded,
    ...(event.body !== null && { body: event.body }),
    ...rootBefore(event.path, requestContext.path),
    ...(requestContext.identity.userArn && { signedBy: requestContext.identity.userArn }),
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

function withSigner(event: APIGatewayProxyEventV2): HttpEvent {
  // Present when the route asks for signed requests; the types know a context without it only.
  const { authorizer } = event.requestContext as { authorizer?: { iam?: { userArn?: string } } }
  return authorizer?.iam?.userArn ? { ...event, signedBy: authorizer.iam.userArn } : event
}

function withoutStage(event: HttpEvent): HttpEvent {
  const { stage, http } = event.requestContext
  const prefix = `/${stage}`
  if (stage === '$default' || !(http.path === prefix || http.path.startsWith(`${prefix}/`))) return event
  const path = http.path.slice(prefix.length) || '/'
  return { ...event, rawPath: path, root: prefix, requestContext: { ...event.requestContext, http: { ...http, path } } }
}

/** A REST API tells the path twice: as its routes know it, and as it was called. */
function rootBefore(path: string, called: string): { root?: string } {
  return called !== path && called.endsWith(path) ? { root: called.slice(0, -path.length) } : {}
}

/** A path of ours as the caller has to call it. */
export function calledPath(event: HttpEvent, path: string): string {
  return (event.root ?? '') + path
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
