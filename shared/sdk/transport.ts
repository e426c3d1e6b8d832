import { PulseClientError } from './errors.ts'
import type { ClientOptions } from './options.ts'
import { type ApiAnswer, networkError, readAnswer } from './read-answer.ts'
import { type Edges, retryDelay } from './retry.ts'

export interface ApiRequest {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  /** Below `/api/v1`. */
  readonly path: string
  readonly query?: URLSearchParams
  /** JSON text. */
  readonly body?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly signal?: AbortSignal | undefined
  /** Milliseconds that the server was asked to wait before it answers. */
  readonly serverWaitMs?: number
  /**
   * A request whose repeat could change more than itself is sent again only when the server cannot have acted on it;
   * otherwise its error says `outcomeUnknown`.
   */
  readonly repeat?: 'always' | 'if not done'
}

export interface Transport {
  /** @throws PulseClientError, or the signal's reason */
  send<Body>(request: ApiRequest): Promise<ApiAnswer<Body>>
  /** Waits before repeat number `repeat` (from 1), unless there is none to be. @returns whether to go on */
  pause(repeat: number, error: PulseClientError, signal?: AbortSignal): Promise<boolean>
}

const DEFAULT_TIMEOUT_MS = 30_000
const DEFAULT_MAX_RETRIES = 4

/** @throws TypeError when the options make no sense */
export function createTransport(options: ClientOptions, edges: Edges): Transport {
  const base = baseUrl(options.url)
  const timeoutMs = wholeNumber('timeout', options.timeout ?? DEFAULT_TIMEOUT_MS)
  const maxRetries = wholeNumber('maxRetries', options.maxRetries ?? DEFAULT_MAX_RETRIES)
  const fixedHeaders = fixedHeadersOf(options)
  const send = options.fetch ?? fetch

  function headersOf(request: ApiRequest): Headers {
    const headers = new Headers(fixedHeaders)
    if (request.body !== undefined) headers.set('content-type', 'application/json')
    for (const [name, value] of Object.entries(request.headers ?? {})) headers.set(name, value)
    return headers
  }

  /** @param triedBefore an earlier try may have been acted on */
  async function tryOnce<Body>(request: ApiRequest, triedBefore: boolean): Promise<ApiAnswer<Body>> {
    const query = request.query?.size ? `?${request.query}` : ''
    const late = AbortSignal.timeout(timeoutMs + (request.serverWaitMs ?? 0))
    const init = {
      method: request.method,
      headers: headersOf(request),
      ...(request.body !== undefined && { body: request.body }),
      // A redirected POST would become a GET: better an error that names the right address.
      redirect: 'manual' as const,
      signal: request.signal ? AbortSignal.any([request.signal, late]) : late,
    }
    let answer: Response
    let text: string
    try {
      answer = await send(`${base}/api/v1${request.path}${query}`, init)
      text = await answer.text()
    } catch (cause) {
      request.signal?.throwIfAborted()
      throw networkError(base, cause, { late: late.aborted, triedBefore })
    }
    return readAnswer(answer, text, { base, triedBefore, now: edges.now() })
  }

  async function pause(repeat: number, error: PulseClientError, signal?: AbortSignal): Promise<boolean> {
    if (repeat > maxRetries) return false
    const delay = retryDelay(repeat, edges.random(), error.retryAfterMs)
    if (delay === undefined) return false
    await edges.sleep(delay, signal)
    return true
  }

  return {
    async send<Body>(request: ApiRequest) {
      request.signal?.throwIfAborted()
      let unknown = false
      for (let repeat = 1; ; repeat++) {
        try {
          return await tryOnce<Body>(request, unknown)
        } catch (error) {
          if (!(error instanceof PulseClientError)) throw error
          unknown = error.outcomeUnknown
          const mayRepeat = isPassing(error) && (request.repeat !== 'if not done' || !unknown)
          if (!mayRepeat || !(await pause(repeat, error, request.signal))) throw error
        }
      }
    },
    pause,
  }
}

/** Whether another try of the same may succeed. */
export function isPassing(error: PulseClientError): boolean {
  return (
    error.code === 'rate_limited' ||
    error.code === 'unavailable' ||
    (error.code === 'network' && error.status === undefined)
  )
}

/** What can stand in a header and has no space, as every key that was ever issued. */
export function isApiKey(text: string): boolean {
  return /^[\x21-\x7e]+$/.test(text)
}

/** The platform's own errors quote the value, which may be a secret. */
function fixedHeadersOf({ headers = {}, apiKey }: ClientOptions): Headers {
  const fixed = new Headers({ accept: 'application/json' })
  for (const [name, value] of Object.entries(headers)) {
    try {
      fixed.set(name, value)
    } catch {
      throw new TypeError(`headers: no header can carry the name or the value of "${name}"`)
    }
  }
  if (apiKey === undefined) return fixed
  if (!isApiKey(apiKey))
    throw new TypeError('apiKey must be printable ASCII characters without space, as it was issued')
  fixed.set('authorization', `Bearer ${apiKey}`)
  return fixed
}

function baseUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (!url || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    throw new TypeError(
      `url must be the http(s) address of a Pulse server, such as http://127.0.0.1:3000, not "${text}"`,
    )
  }
  if (url.username || url.password) throw new TypeError('url must not contain a user name or password: use apiKey')
  return url.origin + url.pathname.replace(/\/+$/, '')
}

function wholeNumber(name: string, value: number): number {
  if (Number.isInteger(value) && value >= 0) return value
  throw new TypeError(`${name} must be a whole number of at least 0, not ${value}`)
}
