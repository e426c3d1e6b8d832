import { NetworkError } from './errors.ts'
import { problemError } from './problem-error.ts'
import { parseRetryAfter } from './retry.ts'

export interface ApiAnswer<Body> {
  readonly headers: Headers
  readonly body: Body
}

/** System errors of a connection that never was: the request has not left. */
const NEVER_SENT = ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'ENETUNREACH', 'EHOSTUNREACH', 'UND_ERR_CONNECT_TIMEOUT']

/**
 * What an answer says.
 * @throws PulseClientError when it is no success
 */
export function readAnswer<Body>(
  answer: Response,
  text: string,
  { base, triedBefore, now }: { base: string; triedBefore: boolean; now: number },
): ApiAnswer<Body> {
  const { status, headers } = answer
  if (answer.type === 'opaqueredirect' || (status >= 300 && status < 400)) {
    const target = headers.get('location') ?? 'another address'
    throw new NetworkError(`${base} redirects to ${target}: give new Pulse the address that it leads to as its url`, {
      status,
    })
  }
  const body = parseJson(text)
  if (!answer.ok) {
    const retryAfterMs = parseRetryAfter(headers.get('retry-after'), now)
    // The store may have written before it, or a gateway in front of it, gave up.
    const outcomeUnknown = triedBefore || status >= 500
    throw problemError(status, body, { outcomeUnknown, ...(retryAfterMs !== undefined && { retryAfterMs }) })
  }
  if (body === undefined) {
    throw new NetworkError(`${base} answers ${status} without JSON: is this the url of a Pulse server?`, {
      status,
      outcomeUnknown: true,
    })
  }
  // The API's documented answer; the server's own tests hold it to that.
  return { headers, body: body as Body }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** The error for a request without an answer. */
export function networkError(
  base: string,
  cause: unknown,
  { late, triedBefore }: { late: boolean; triedBefore: boolean },
): NetworkError {
  if (late) {
    return new NetworkError(`${base} gave no answer in time: is it overloaded?`, { outcomeUnknown: true, cause })
  }
  const { code, message } = innermost(cause)
  const outcomeUnknown = triedBefore || code === undefined || !NEVER_SENT.includes(code)
  const what = `cannot reach ${base} (${code ?? message}): is the server running, and is this its url?`
  return new NetworkError(what, { outcomeUnknown, cause })
}

/** Node's fetch wraps what the system said. */
function innermost(thrown: unknown): { code?: string; message: string } {
  if (!(thrown instanceof Error)) return { message: String(thrown) }
  if ('code' in thrown && typeof thrown.code === 'string') return { code: thrown.code, message: thrown.message }
  return thrown.cause instanceof Error ? innermost(thrown.cause) : { message: thrown.message }
}
