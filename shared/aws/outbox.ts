import type { SQSClient } from '@aws-sdk/client-sqs'
import type { Clock } from '../ports/clock.ts'
import { BATCH_BYTES, BATCH_COUNT, bytesOf, type Outgoing, sendBatch } from './send-batch.ts'

/** Gathers messages that are sent about the same time, so that ten of them cost one call. */
export interface Outbox {
  /** One more message may come: those that have gathered wait for it, a little. */
  expect(): Place
}

/** Where an expected message goes. Exactly one of both is called, once. */
export interface Place {
  /** @throws StoreUnavailable when the queue has not taken it, as far as anybody knows */
  put(queueUrl: string, message: Outgoing): Promise<void>
  /** It does not come after all. */
  drop(): void
}

/**
 * How long messages that have gathered wait for the next one. Longer than a small function takes from one write to the next, or they
 * would leave in twos and threes; one commit that is slow holds up the others by no more than this.
 */
const GATHER_MS = 100

interface Waiting {
  readonly message: Outgoing
  readonly taken: () => void
  readonly refused: (error: Error) => void
}

interface Gathering {
  readonly waiting: Waiting[]
  bytes: number
  cancelTimer: () => void
}

export function createOutbox(sqs: SQSClient, clock: Clock): Outbox {
  const gatherings = new Map<string, Gathering>()
  let expected = 0

  function arrived(): void {
    expected--
    // Those that are sent in the same turn go together, although nobody has announced them.
    queueMicrotask(flushUnlessExpecting)
  }

  function flushUnlessExpecting(): void {
    if (expected === 0) for (const queueUrl of [...gatherings.keys()]) flush(queueUrl)
  }

  function gather(queueUrl: string, waiting: Waiting): void {
    const bytes = bytesOf(waiting.message)
    const before = gatherings.get(queueUrl)
    if (before && before.bytes + bytes > BATCH_BYTES) flush(queueUrl)
    const gathering = gatherings.get(queueUrl) ?? begin(queueUrl)
    gathering.waiting.push(waiting)
    gathering.bytes += bytes
    gathering.cancelTimer()
    if (gathering.waiting.length === BATCH_COUNT) flush(queueUrl)
    else gathering.cancelTimer = clock.after(GATHER_MS, () => flush(queueUrl))
  }

  function begin(queueUrl: string): Gathering {
    const gathering = { waiting: [], bytes: 0, cancelTimer: () => {} }
    gatherings.set(queueUrl, gathering)
    return gathering
  }

  function flush(queueUrl: string): void {
    const gathering = gatherings.get(queueUrl)
    if (!gathering) return
    gatherings.delete(queueUrl)
    gathering.cancelTimer()
    void send(queueUrl, gathering.waiting)
  }

  async function send(queueUrl: string, waiting: readonly Waiting[]): Promise<void> {
    const fates = await sendBatch(
      sqs,
      clock,
      queueUrl,
      waiting.map(({ message }) => message),
    )
    for (const [index, { taken, refused }] of waiting.entries()) {
      const error = fates[index]
      if (error) refused(error)
      else taken()
    }
  }

  return {
    expect() {
      expected++
      return {
        put: (queueUrl, message) =>
          new Promise((taken, refused) => {
            gather(queueUrl, { message, taken, refused })
            arrived()
          }),
        drop: arrived,
      }
    },
  }
}
