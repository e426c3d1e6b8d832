import { isUtf8 } from 'node:buffer'
import { randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { HttpEvent } from '../http/event.ts'
import { systemClock } from './clock.ts'

/** What API Gateway would have sent to a function for this request. HEAD is served as the GET whose body nobody sees. */
export function toEvent(request: IncomingMessage, path: string, query: string, body: Buffer): HttpEvent {
  const method = request.method === 'HEAD' ? 'GET' : (request.method ?? 'GET')
  const headers = request.headers as Record<string, string> // lower-cased and joined by node:http; only set-cookie is a list
  const text = body.length === 0 ? undefined : isUtf8(body)
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath: path,
    rawQueryString: query,
    ...(headers.cookie !== undefined && { cookies: headers.cookie.split(/;\s*/) }),
    headers,
    requestContext: {
      accountId: 'local',
      apiId: 'local',
      domainName: headers.host ?? '',
      domainPrefix: '',
      http: {
        method,
        path,
        protocol: request.httpVersion === '1.0' ? 'HTTP/1.0' : 'HTTP/1.1',
        sourceIp: request.socket.remoteAddress ?? '',
        userAgent: headers['user-agent'] ?? '',
      },
      requestId: randomUUID(),
      routeKey: '$default',
      stage: '$default',
      time: '',
      timeEpoch: systemClock.now(),
    },
    isBase64Encoded: text === false,
    ...(text !== undefined && { body: body.toString(text ? 'utf8' : 'base64') }),
  }
}
