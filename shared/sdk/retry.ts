/** Time and chance, so that tests can bring their own. */
export interface Edges {
  /** Milliseconds since the epoch. */
  readonly now: () => number
  /** From 0 (inclusive) to 1 (exclusive). */
  readonly random: () => number
  /** @throws the signal's reason when it is aborted */
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>
}

const BASE_MS = 200
const CAP_MS = 5_000
/** A server that asks for more patience than this gets none: the caller should know, and not wait without a word. */
const LONGEST_RETRY_AFTER_MS = 60_000

/**
 * Milliseconds to wait before a repeat: full jitter, so that clients which failed together do not come back together,
 * and never before the time that the server asked for.
 * @param repeat number of the repeat, from 1
 * @returns undefined when the server asks for too long a time
 */
export function retryDelay(repeat: number, random: number, retryAfterMs = 0): number | undefined {
  if (retryAfterMs > LONGEST_RETRY_AFTER_MS) return undefined
  return retryAfterMs + Math.floor(random * Math.min(CAP_MS, BASE_MS * 2 ** (repeat - 1)))
}

/** Milliseconds of a `Retry-After` header, seconds or an HTTP date; undefined when there is none that can be read. */
export function parseRetryAfter(header: string | null, now: number): number | undefined {
  if (header === null) return undefined
  if (/^\d{1,9}$/.test(header.trim())) return Number(header) * 1_000
  const date = Date.parse(header)
  return Number.isNaN(date) ? undefined : Math.max(0, date - now)
}

export const realEdges: Edges = { now: Date.now, random: Math.random, sleep }

function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason)
    const stop = () => {
      clearTimeout(timer)
      reject(signal?.reason)
    }
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop)
      resolve()
    }, ms)
    signal?.addEventListener('abort', stop, { once: true })
  })
}
