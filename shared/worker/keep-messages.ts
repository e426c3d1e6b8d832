import type { Clock } from '../ports/clock.ts'
import type { Messages, Received } from '../ports/messages.ts'

export interface KeptMessages {
  /** Its task is settled: it is deleted with the batch, or at once when the batch is old. */
  done(message: Received): void
  /** It is to come back: it is not hidden any longer. */
  left(message: Received): void
  /** Hides and deletes nothing from now on. @returns when the calls under way have ended */
  end(): Promise<void>
}

const INTERVAL_MS = 10_000
/** The lease as the last heartbeat before the next time may leave it: 10 s from now, 30 s long, and a skew. Shorter, and a message comes back before its task can be claimed. */
const SECONDS = 42
/** Messages come back after 35 s at the earliest, also those of tasks that are settled while others of the batch still run. */
const OLD_MS = 20_000

/**
 * Keeps the messages of a batch from coming back while their tasks run. The lease lives in the row: hiding a message only brings it back
 * when its worker has died, and no sooner (H37).
 * @param failed hears of calls that came to nothing, which costs a look at a row
 */
export function keepMessages(
  batch: readonly Received[],
  messages: Messages,
  clock: Clock,
  failed: (message: Received) => void,
): KeptMessages {
  const startedAt = clock.now()
  const unfinished = new Set(batch)
  /** Settled, and not deleted yet. */
  const finished = new Set<Received>()
  const calls = new Set<Promise<void>>()
  let ended = false
  let cancelTimer = clock.after(INTERVAL_MS, tick)

  function tick(): void {
    if (isOld()) for (const message of finished) remove(message)
    void track(hide()).then(() => {
      if (!ended) cancelTimer = clock.after(INTERVAL_MS, tick)
    })
  }

  async function hide(): Promise<void> {
    const hidden = [...unfinished]
    if (hidden.length === 0) return
    const visible = await messages.hide(hidden, SECONDS)
    for (const message of hidden) if (visible.has(message.messageId)) failed(message)
  }

  function remove(message: Received): void {
    finished.delete(message)
    void track(
      messages.delete(message).catch(() => {
        // With the next ones, or with the whole batch.
        finished.add(message)
        failed(message)
      }),
    )
  }

  async function track(call: Promise<void>): Promise<void> {
    calls.add(call)
    await call
    calls.delete(call)
  }

  function isOld(): boolean {
    return clock.now() - startedAt >= OLD_MS
  }

  return {
    done(message) {
      unfinished.delete(message)
      if (isOld() && !ended) remove(message)
      else finished.add(message)
    },
    left: message => void unfinished.delete(message),
    async end() {
      ended = true
      cancelTimer()
      await Promise.all(calls)
    },
  }
}
