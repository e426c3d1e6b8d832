import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import type { PulseError } from '../core/errors.ts'
import type { CallContext, HttpHandler, HttpResult } from '../http/event.ts'
import { pulseErrorOf } from '../http/problem.ts'
import { tooLarge } from '../http/read-request.ts'
import type { Route } from '../http/route.ts'
import { bodyBytesOf, groupOf } from '../http/routes.ts'
import { refusal, refuseBody, refuseUnreadable, sendResult } from './gateway-answer.ts'
import { readBody } from './gateway-body.ts'
import { toEvent } from './gateway-event.ts'
import { isLoopbackAddress, refuseForeign, refuseMalformed } from './gateway-guard.ts'

/** Turns HTTP requests into API Gateway events for the functions' handlers, so that embedded and AWS run the same code. */
export interface Gateway {
  /**
   * @returns the URL to call it by
   * @throws AddressInUse
   */
  listen(): Promise<string>
  /** Takes no more requests, ends the waits of those in flight, and returns when all are answered, at the latest after `graceMs`. */
  close(graceMs?: number): Promise<void>
}

export interface GatewayOptions {
  /** One for each group of the route table. */
  readonly handlers: Readonly<Record<Route['group'], HttpHandler>>
  readonly host: string
  /** 0 takes a free one. */
  readonly port: number
  /** PEM; plain HTTP when absent. */
  readonly tls?: { readonly cert: Buffer; readonly key: Buffer }
  readonly onAnswer?: (answer: Answered) => void
  /** Told of what should not happen: a handler that throws. */
  readonly onFailure?: (error: unknown) => void
}

/** One line of an access log. */
export interface Answered {
  readonly method: string
  readonly path: string
  readonly status: number
  readonly tookMs: number
  readonly requestId: string
}

/** Somebody else listens there. */
export class AddressInUse extends Error {
  override readonly name = 'AddressInUse'
  readonly host: string
  readonly port: number

  constructor(host: string, port: number, cause: unknown) {
    super(`port ${port} on ${host} is taken: stop what listens there, or set PORT to another one`, { cause })
    this.host = host
    this.port = port
  }
}

const HEADERS_TIMEOUT_MS = 10_000
const REQUEST_TIMEOUT_MS = 60_000
/** Longer than that of usual proxies and clients, so that they close first and no request meets a closing connection. */
const KEEP_ALIVE_MS = 72_000
const CLOSE_GRACE_MS = 10_000

export function createGateway({ handlers, host, port, tls, onAnswer, onFailure }: GatewayOptions): Gateway {
  const guarded = isLoopbackAddress(host)
  const closing = new AbortController()
  const options = {
    // Missed below, with an answer like every other.
    requireHostHeader: false,
    headersTimeout: HEADERS_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
  }
  const server = tls ? createSecureServer({ ...options, ...tls }, receive) : createServer(options, receive)
  // An expectation that nobody knows is none (RFC 9110 §10.1.1); without this node:http answers it itself.
  server.on('checkExpectation', receive)
  server.on('clientError', (error, socket) => refuseUnreadable(error, socket as Socket, randomUUID()))

  function receive(request: IncomingMessage, response: ServerResponse): void {
    const { method = 'GET', url = '/' } = request
    const start = performance.now()
    const mark = url.indexOf('?')
    const path = mark < 0 ? url : url.slice(0, mark)

    function answer(result: HttpResult): void {
      sendResult(response, result, closing.signal.aborted)
      report(result)
    }
    function refuse(error: PulseError): void {
      const result = refusal(error, path, randomUUID())
      refuseBody(request, response, result)
      report(result)
    }
    function report({ statusCode = 200, headers }: HttpResult): void {
      onAnswer?.({
        method,
        path,
        status: statusCode,
        tookMs: performance.now() - start,
        requestId: String(headers?.['x-request-id']),
      })
    }

    const error =
      refuseMalformed(url, request.rawHeaders) ?? (guarded ? refuseForeign(method, request.headers) : undefined)
    if (error) {
      refuse(error)
      return
    }
    const bytes = bodyBytesOf(path)
    readBody(request, bytes, body => {
      if (body === 'gone') return
      if (body === 'too large') {
        refuse(tooLarge({ bytes }))
        return
      }
      const event = toEvent(request, path, mark < 0 ? '' : url.slice(mark + 1), body)
      handlers[groupOf(path)](event, new RequestContext(response, closing.signal)).then(answer, (error: unknown) => {
        onFailure?.(error)
        answer(refusal(pulseErrorOf(error), path, event.requestContext.requestId))
      })
    })
  }

  return {
    listen: () =>
      new Promise((resolve, reject) => {
        server.once('error', (error: NodeJS.ErrnoException) => {
          reject(error.code === 'EADDRINUSE' ? new AddressInUse(host, port, error) : error)
        })
        server.listen(port, host, () => {
          const { port: taken } = server.address() as AddressInfo // a TCP server that listens has one
          resolve(`${tls ? 'https' : 'http'}://${host.includes(':') ? `[${host}]` : host}:${taken}`)
        })
      }),
    async close(graceMs = CLOSE_GRACE_MS) {
      const closed = new Promise<void>(resolve => server.close(() => resolve()))
      closing.abort()
      server.closeIdleConnections()
      const timer = setTimeout(() => server.closeAllConnections(), graceMs)
      await closed
      clearTimeout(timer)
    },
  }
}

/** A wait also ends when nobody is left to hear its answer. The signal is made only for a request that waits. */
class RequestContext implements CallContext {
  readonly #response: ServerResponse
  readonly #closing: AbortSignal

  constructor(response: ServerResponse, closing: AbortSignal) {
    this.#response = response
    this.#closing = closing
  }

  get stopping(): AbortSignal {
    const left = new AbortController()
    this.#response.once('close', () => left.abort())
    return AbortSignal.any([this.#closing, left.signal])
  }
}
