import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { PulseError } from '../core/errors.ts'
import type { HttpResult } from '../http/event.ts'
import { problemResult } from '../http/problem.ts'
import { securityHeaders } from '../http/security-headers.ts'

/** How long a client that sends too much is listened to, so that it reads its answer before the connection ends. */
const DRAIN_MS = 1_000

/** Sends a function's result. */
export function sendResult(response: ServerResponse, result: HttpResult, closing: boolean): void {
  const body = bodyOf(result)
  const length = typeof body === 'string' ? Buffer.byteLength(body) : body.length
  const head: string[] = []
  for (const name in result.headers) head.push(name, String(result.headers[name]))
  for (const cookie of result.cookies ?? []) head.push('set-cookie', cookie)
  head.push('content-length', String(length))
  if (closing) head.push('connection', 'close')
  response.writeHead(result.statusCode ?? 200, head)
  // Text of as many bytes as characters is ASCII: node:http sends it twice as fast when told that it needs no encoding.
  if (typeof body === 'string' && length === body.length) response.end(body, 'latin1')
  else response.end(body)
}

function bodyOf({ body = '', isBase64Encoded }: HttpResult): string | Buffer {
  return isBase64Encoded ? Buffer.from(body, 'base64') : body
}

/** What the gateway itself refuses, in the form that the functions use. */
export function refusal(error: PulseError, path: string, id: string): HttpResult {
  const result = problemResult(error, { path, id })
  return { ...result, headers: { ...securityHeaders, 'x-request-id': id, ...result.headers } }
}

/** Refuses a body that is still being sent: the answer goes out whole, the rest of the body is dropped, the connection ends. */
export function refuseBody(request: IncomingMessage, response: ServerResponse, result: HttpResult): void {
  const body = bodyOf(result)
  response.writeHead(result.statusCode ?? 413, {
    ...result.headers,
    'content-length': Buffer.byteLength(body),
    connection: 'close',
  })
  response.write(body)
  const timer = setTimeout(() => response.end(), DRAIN_MS)
  request.on('data', () => {})
  request.on('end', () => response.end())
  response.on('close', () => clearTimeout(timer))
}

/** What node:http itself could not read. It has no response object then. */
export function refuseUnreadable(error: NodeJS.ErrnoException, socket: Socket, id: string): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy()
  const tooLong = error.code === 'HPE_HEADER_OVERFLOW'
  const late = error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
  const detail = tooLong
    ? 'the header is too long'
    : late
      ? 'the request took too long to arrive'
      : 'this is no HTTP request'
  const { headers, body } = refusal(new PulseError('malformed', detail), '/', id)
  const lines = Object.entries({ ...headers, 'content-length': Buffer.byteLength(body ?? ''), connection: 'close' })
  socket.end(`HTTP/1.1 400 Bad Request\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n${body}`)
}
