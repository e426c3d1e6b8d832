import type { Clock } from '../ports/clock.ts'
import { StoreUnavailable } from '../ports/store-unavailable.ts'

/**
 * What every client of AWS is made with. The SDK waits forever for an answer by default (H98), and only warns when a request takes
 * too long unless told to fail.
 */
export const clientOptions = {
  maxAttempts: 3,
  requestHandler: { connectionTimeout: 1_000, requestTimeout: 3_000, throwOnRequestTimeout: true },
} as const

/** A write or read of one item, retries included. A claim that takes longer must not start anything: the dispatch switch may have changed (P10). */
export const ITEM_DEADLINE_MS = 2_000
/** Everything else: messages, lists, timers. */
export const CALL_DEADLINE_MS = 5_000

/**
 * Makes a call that ends at the deadline, whatever the client's own retries do.
 * @throws StoreUnavailable for whatever is not an answer; errors that `expected` knows are passed on as they are
 */
export async function call<T>(
  clock: Clock,
  deadlineMs: number,
  send: (options: { readonly abortSignal: AbortSignal }) => Promise<T>,
  expected: (error: unknown) => boolean = () => false,
): Promise<T> {
  const abort = new AbortController()
  const cancel = clock.after(deadlineMs, () => abort.abort())
  try {
    return await send({ abortSignal: abort.signal })
  } catch (error) {
    if (expected(error)) throw error
    const why = abort.signal.aborted ? `no answer within ${deadlineMs} ms` : describe(error)
    throw new StoreUnavailable(why, { cause: error })
  } finally {
    cancel()
  }
}

/** The kind of the error and no more: messages of AWS name accounts, tables and roles (SEC-46). */
function describe(error: unknown): string {
  return error instanceof Error ? `AWS answered ${error.name}` : 'AWS did not answer'
}
